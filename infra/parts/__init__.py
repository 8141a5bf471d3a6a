"""The parts of a twin on Azure: a file a concern."""

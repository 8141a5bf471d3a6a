"""The parts of the page Import."""

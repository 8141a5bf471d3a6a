"""The parts of the page Quality: what is set aside, and what is corrected."""

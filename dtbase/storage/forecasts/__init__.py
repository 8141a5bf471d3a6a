"""Storing models, their runs, what those predict, and how good it was."""

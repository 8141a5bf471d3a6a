"""Readings on their way in and out, and how long they are kept."""

"""Storing people, their keys and tokens, and who changed what."""

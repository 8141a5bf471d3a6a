"""Scoring what was predicted, and what follows from it."""

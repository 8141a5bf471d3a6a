"""Profiles of files that are kept, and files that the twin takes in itself."""

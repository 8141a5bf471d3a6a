"""Storing readings: written, rolled up, asked for, kept and dropped."""

"""Storing the registry: sensors, measures, places, series."""

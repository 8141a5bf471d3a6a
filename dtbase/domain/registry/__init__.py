"""The registry: sensors, measures, places, series."""

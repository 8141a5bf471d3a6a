"""A private TimescaleDB and Redis, and a whole twin in the foreground of one machine."""

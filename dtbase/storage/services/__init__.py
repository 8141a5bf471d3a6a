"""Storing services, their parameters, schedules and runs."""

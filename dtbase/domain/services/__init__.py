"""Services, their runs and their schedules."""

"""Models, their runs, and how good those were."""

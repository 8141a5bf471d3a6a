"""People, their keys, and who changed what."""

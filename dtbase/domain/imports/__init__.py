"""How files are imported."""

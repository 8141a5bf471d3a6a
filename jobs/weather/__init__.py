"""Weather from providers on the internet: what was observed, and what they forecast."""

"""The demo twin: a year of real weather of New York's airports, replayed as if it were now."""

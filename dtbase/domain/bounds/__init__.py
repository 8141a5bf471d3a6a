"""Bounds on what is handed to a library that computes: nobody's input decides how long it takes."""

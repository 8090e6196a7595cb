"""Copies of a whole station: made while it runs, checked to the byte, and brought back into an empty place."""

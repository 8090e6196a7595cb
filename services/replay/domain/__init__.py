"""Folding up to a place, the hash of a picture, and what is right about a chain. Pure."""

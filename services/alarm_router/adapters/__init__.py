"""Drivers of the router's ports."""

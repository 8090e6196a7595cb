"""Rules of logging in."""

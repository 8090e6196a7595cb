"""History at an instant, exports and proofs: all from the log alone."""

"""A centre to look at: 200 sites with their panels. Exists only with `--demo`."""

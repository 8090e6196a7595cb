"""What drives the machine."""

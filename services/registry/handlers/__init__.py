"""What the registry does when asked."""

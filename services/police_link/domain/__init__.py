"""What is said to the police. Pure."""

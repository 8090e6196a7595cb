"""What happens when somebody asks for the past."""

"""What happens when a person looks or acts."""

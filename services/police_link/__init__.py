"""Delivery of escalations to the police, and what they answer."""

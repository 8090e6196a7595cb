"""Kafka, PostgreSQL, HTTP and websockets of the desk."""

"""Receives signals: bytes from panels and other centres in, durable records in the inbox out."""

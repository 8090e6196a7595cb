"""Protocols as values: bytes in, events out, bytes to write out."""

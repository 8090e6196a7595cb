"""What the station says when it cannot go on: one sentence that names the way out."""

from __future__ import annotations


class StationError(Exception):
    """Stop: a person has to do something, and the message says what."""


class Misused(StationError):
    """The command line or the environment asks for what does not exist; exit code 2."""

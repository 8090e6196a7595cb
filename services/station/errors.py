"""What the station says when it cannot go on: one sentence that names the way out."""

from __future__ import annotations

import errno


class StationError(Exception):
    """Stop: a person has to do something, and the message says what."""


class Misused(StationError):
    """The command line or the environment asks for what does not exist; exit code 2."""


def in_one_sentence(problem: BaseException) -> str | None:
    """What a person should read, or nothing when this is a fault of ours that deserves its whole trace."""
    match problem:
        case BaseExceptionGroup():
            said = [text for one in problem.exceptions if (text := in_one_sentence(one))]
            return said[0] if said else None
        case StationError():
            return str(problem)
        case OSError(errno=errno.ENOSPC):
            return "the disk is full: make space or choose another folder with --data, then start again"
        case _:
            return None

"""Instants as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotAnInstant(ValueError):
    """Neither ISO 8601 with an offset nor a number of microseconds."""


def instant_of_text(text: str) -> int:
    """UTC microseconds of ISO 8601 with an offset, or of a number that is them already. Raises `NotAnInstant`."""
    if re.fullmatch(r"[0-9]{1,17}", text):
        return int(text)
    try:
        # In an address a plus sign that nobody encoded arrives as a space.
        since = datetime.fromisoformat(re.sub(r" (?=[0-9]{2}:?[0-9]{2}$)", "+", text)) - _EPOCH
    except (ValueError, TypeError) as error:  # TypeError: without an offset
        raise NotAnInstant(text) from error
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds

"""What keeps a decision small whatever was asked: texts are cut, and what was cut off is named by its digest."""

from __future__ import annotations

from hashlib import sha256
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from services.contracts.stored import SignalId

LARGE_RECORD = 64 * 1024  # a signal above it is raised raw; ingest stays below 16 KiB
MOST_CHARS = 200
_KEPT_CHARS = 160

M = TypeVar("M", bound=msgspec.Struct)


def short(text: str) -> str:
    """The text, or its beginning and a digest, so that two long names stay two names."""
    if len(text) <= MOST_CHARS:
        return text
    return f"{text[:_KEPT_CHARS]}…{sha256(text.encode()).hexdigest()[:32]}"


def shortened(message: M) -> M:
    """The message with every text of its own cut; a signal's id too."""
    changes: dict[str, object] = {}
    for name in message.__struct_fields__:
        value = getattr(message, name)
        if isinstance(value, str):
            changes[name] = short(value)
        elif isinstance(value, SignalId):
            changes[name] = shortened(value)
    return replace(message, **changes)

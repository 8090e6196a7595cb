"""The only source of random ids."""

from __future__ import annotations

import os
import secrets
from uuid import UUID

from services.runtime.clock import now_us


def uuid7(at_us: int | None = None) -> str:
    """A uuid7 (RFC 9562) of the instant `at_us`, by default now."""
    millis = (now_us() if at_us is None else at_us) // 1000
    random = int.from_bytes(os.urandom(10), "big")
    value = (
        (millis & (1 << 48) - 1) << 80
        | 7 << 76
        | (random >> 68 & 0xFFF) << 64
        | 2 << 62
        | random & (1 << 62) - 1
    )
    return str(UUID(int=value))


def secret() -> str:
    """A URL-safe secret of 256 bits."""
    return secrets.token_urlsafe(32)

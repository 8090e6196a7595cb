"""The form of everything that is stored: frozen, closed to unknown fields, times in UTC microseconds."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

# A number that others may write into the inbox: databases and snapshots hold 64 bits, and a time that is added to one
# must fit too. What lies beyond is malformed.
MOST: Final = 1 << 62
Whole: TypeAlias = Annotated[int, msgspec.Meta(ge=-MOST, le=MOST)]


def kept(number: int) -> int:
    """The number that a sum or product of such numbers is stored as: no further than they reach."""
    return max(-MOST, min(MOST, number))


class Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Base of every contract. Tags are words we chose ("alarm.raised.v1"), never class paths."""


class SignalId(Stored, frozen=True, kw_only=True):
    """Names one signal for ever: made before the first attempt to append it (design, "Duplicates and spool").

    `run` is the receiver's run (uuid7), `line` the account line; `counter` only rises within a run, with gaps per line.
    """

    run: str
    line: str
    counter: Whole


class Actor(Stored, frozen=True, kw_only=True):
    """Who acts, as the gateway read it from identity in the same request. Ids only: no personal data."""

    id: str
    roles: tuple[str, ...]
    provider: str | None = None
    bureau: str | None = None


class Sealed(Stored, frozen=True, kw_only=True):
    """Free text under a key of its subject; erasing the key erases the text, and every proof still verifies.

    `box` is nonce (12 bytes) + AES-256-GCM ciphertext; `key` names the key. Deciders never read it.
    """

    key: str
    box: bytes

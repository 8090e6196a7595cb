"""A decision as a link of its chain: what is read of it to prove it, whatever version of the code wrote it."""

from __future__ import annotations

import msgspec

from services.contracts.codec import NOT_READ


class Link(msgspec.Struct, frozen=True, gc=False):
    """Any further fields and events are left unread, so that a later version's record can be checked too."""

    lies_at: int
    prev: bytes
    time: int
    code: str


_LINK = msgspec.json.Decoder(Link)


def link_of(value: bytes) -> Link | None:
    """The link, or None for bytes that are no decision."""
    try:
        return _LINK.decode(value)
    except NOT_READ:
        return None

"""A decision as a link of its chain: what is read of it to prove it, whatever version of the code wrote it."""

from __future__ import annotations

from typing import Final

import msgspec

from services.contracts.codec import NOT_READ

RESUMED: Final = "log.resumed.v1"


class _Told(msgspec.Struct, frozen=True, gc=False):
    type: str = ""


class Link(msgspec.Struct, frozen=True, gc=False):
    """Any further fields and events are left unread, so that a later version's record can be checked too."""

    lies_at: int
    prev: bytes
    time: int
    code: str
    events: tuple[_Told, ...] = ()

    @property
    def resumes(self) -> bool:
        """Whether the log goes on from a copy here: what lay behind was lost."""
        return any(event.type == RESUMED for event in self.events)


_LINK = msgspec.json.Decoder(Link)


def link_of(value: bytes) -> Link | None:
    """The link, or None for bytes that are no decision."""
    try:
        return _LINK.decode(value)
    except NOT_READ:
        return None

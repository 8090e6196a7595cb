"""Sealed texts, as this person may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.picture.visibility import may_read_notes
from services.replay.domain.free_text import BAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.contracts.stored import Actor, Sealed
    from services.replay.handlers.room import ReadingRoom


async def opened(room: ReadingRoom, person: Actor, sealed: Mapping[str, Sealed]) -> dict[str, str]:
    """What each says: itself, or a bar where it may not be read or its key was erased."""
    said = await room.vault.open(sealed.values()) if sealed and may_read_notes(person) else {}
    return {text: said.get(one, BAR) for text, one in sealed.items()}

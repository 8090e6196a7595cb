"""Entries as they were at a position: one from its stream, all of them from the beginning of the store."""

from __future__ import annotations

import asyncio

from services.eventsourcing.event_store import EventStore, StoredEvent
from services.registry.domain.register import Entry, Register, evolved
from services.registry.handlers.stored_form import ANY_EVENT

PAGE = 2_000


async def stored_until(store: EventStore, stream: str, position: int | None) -> list[StoredEvent]:
    """What lies in a stream up to a position; None: everything."""
    stored = await store.read(stream)
    return [event for event in stored if position is None or event.position <= position]


def entry_of(stored: list[StoredEvent]) -> Entry | None:
    """The entry that these events come to; None: there are none."""
    entry: Entry | None = None
    for event in stored:
        entry = evolved(entry, ANY_EVENT.decode(event.body))
    return entry


async def register_at(store: EventStore, position: int) -> Register:
    """The whole register as of a position. Reads everything up to there; others have their turn between pages."""
    register, after = Register(), 0
    while after < position:
        page = await store.read_all(after, min(PAGE, position - after))
        if not page:
            break
        for event in page:
            register.take(event.stream, ANY_EVENT.decode(event.body))
        after = page[-1].position
        await asyncio.sleep(0)
    return register

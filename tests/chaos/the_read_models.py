"""What PostgreSQL shows, in the form in which the simulation keeps it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from services.contracts.envelope import Answer, Event
from services.contracts.interruption import InterruptionView, WindowView
from services.contracts.views import AlarmView
from services.desk.adapters.memory_interruptions import MemoryInterruptions
from services.desk.adapters.memory_projection import MemoryDesk
from services.desk.adapters.postgres_projection import load_board
from services.desk.domain.reading_place import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALARM: msgspec.json.Decoder[AlarmView] = msgspec.json.Decoder(AlarmView)
_ANSWER: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)
_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_EVENTS: msgspec.json.Decoder[tuple[Event, ...]] = msgspec.json.Decoder(tuple[Event, ...])
_INTERRUPTION: msgspec.json.Decoder[InterruptionView] = msgspec.json.Decoder(InterruptionView)
_WINDOW: msgspec.json.Decoder[WindowView] = msgspec.json.Decoder(WindowView)
_TICKETS = 'select partition, id, "offset", answer::text, events::text, decided_at from desk_2.ticket'
_HAPPENED = 'select alarm, partition, "offset", index, time, event::text from desk_2.alarm_event'
_ABOUT = 'select about, partition, "offset", index, time, event::text from desk_interruption_1.event'
_INTERRUPTIONS = "select view::text from desk_interruption_1.interruption where not archived"
_WINDOWS = "select view::text from desk_interruption_1.maintenance_window where not archived"


async def read_models(dsn: str) -> tuple[MemoryDesk, MemoryInterruptions]:
    """All of them, as of one instant."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await as_seen(connection)
    finally:
        await connection.close()


async def as_seen(connection: asyncpg.Connection[asyncpg.Record]) -> tuple[MemoryDesk, MemoryInterruptions]:
    """As the connection's transaction, a repeatable read, sees them."""
    return await _desk(connection), await _interruptions(connection)


async def _desk(connection: asyncpg.Connection[asyncpg.Record]) -> MemoryDesk:
    desk, board = MemoryDesk(), await load_board(connection)
    desk.views, desk.places = board.views, dict(board.places)
    desk.recorded = {run: Counter(outcomes) for run, outcomes in board.recorded.items()}
    for row in await connection.fetch("select view::text from desk_2.alarm"):
        alarm = _ALARM.decode(row[0])
        desk.ever[alarm.id] = alarm
    for partition, name, offset, answer, events, time in await connection.fetch(_TICKETS):
        told = _as_told(_ANSWER, answer), _as_told(_EVENTS, events), time
        desk.tickets[partition, name] = (partition, name, offset, *told)
    desk.events = _rows(await connection.fetch(_HAPPENED))
    return desk


async def _interruptions(connection: asyncpg.Connection[asyncpg.Record]) -> MemoryInterruptions:
    book = MemoryInterruptions()
    for row in await connection.fetch("select * from desk_interruption_1.position"):
        book.places[row["partition"]] = Place(*row)
    for row in await connection.fetch(_INTERRUPTIONS):
        one = _INTERRUPTION.decode(row[0])
        book.known.interruptions[one.id] = one
    for row in await connection.fetch(_WINDOWS):
        window = _WINDOW.decode(row[0])
        book.known.windows[window.id] = window
    book.events = _rows(await connection.fetch(_ABOUT))
    return book


def _rows(found: Iterable[asyncpg.Record]) -> list[tuple[Any, ...]]:
    return [(*row[:5], _as_told(_EVENT, row[5])) for row in found]


def _as_told(decoder: msgspec.json.Decoder[Any], text: str) -> str:
    """As it was written: jsonb orders the names in its own way."""
    return msgspec.json.encode(decoder.decode(text)).decode()

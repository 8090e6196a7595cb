"""Reading a partition of the record in small steps, so that whoever shares the process never waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from services.replay.ports import RecordAway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from services.eventsourcing.ports import EventLog, Record

    Breathe: TypeAlias = Callable[[], Awaitable[None]]

SLICE = 500  # records between two breaths: a few milliseconds
PATIENCE = 10  # reads of a second that bring nothing although the log goes on


async def records(log: EventLog, start: int, end: int, breathe: Breathe) -> AsyncIterator[Sequence[Record]]:
    """The records from `start` up to, not with, `end`, at most `SLICE` at a time. Raises `RecordAway`."""
    at, empty = start, 0
    while at < end:
        batch = await log.read(at, most=SLICE, wait_s=1.0)
        if not batch:
            empty += 1
            if empty >= PATIENCE:
                raise RecordAway(f"the log shows nothing at offset {at} although it ends at {end}")
            continue
        empty = 0
        at = batch[-1].offset + 1
        yield [record for record in batch if record.offset < end]
        await breathe()

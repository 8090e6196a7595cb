"""What every look into the past works with, and one partition folded up to a place."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from services.contracts.codec import Unreadable, digest
from services.eventsourcing.ports import LogError
from services.replay.domain.checkpoints import Checkpoints
from services.replay.handlers.reading import records
from services.replay.ports import RecordBroken, not_read

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.eventsourcing.ports import EventLog, Record
    from services.replay.domain.stand import Stand, Until
    from services.replay.handlers.reading import Breathe
    from services.replay.ports import BookOfLooks, NamesThen, Vault

EVERY = 50_000  # records between two checkpoints
STEP = 200  # decisions folded between two breaths


async def no_pause() -> None:
    """For a process of its own: only let others run."""
    await asyncio.sleep(0)


def nothing_said(partition: int, done: int, of: int) -> None:
    """For those who do not watch."""
    del partition, done, of


class ReadingRoom(msgspec.Struct):
    """`logs` and `inboxes` open a partition for one reader. `say`: told (partition, records done, of how many).

    `found`: alarms that were looked for: their partition and the offset where they begin.
    """

    logs: Callable[[int], EventLog]
    inboxes: Callable[[int], EventLog]
    partitions: int
    names: NamesThen
    vault: Vault
    looks: BookOfLooks
    found: dict[str, tuple[int, int]] = {}
    checkpoints: Checkpoints = msgspec.field(default_factory=Checkpoints)
    breathe: Breathe = no_pause
    say: Callable[[int, int, int], None] = nothing_said


async def stand_at(room: ReadingRoom, partition: int, until: Until) -> Stand:
    """The partition folded up to `until`. Raises `RecordBroken`, `RecordNewer`, `RecordAway`."""
    start = room.checkpoints.nearest(partition, until)
    kept = start.chain.offset > 0
    try:
        return await _fold(room, start, until)
    except RecordBroken:
        if not kept:
            raise
    room.checkpoints.forget(partition)  # what was kept may be of a log that is no longer there
    return await _fold(room, room.checkpoints.nearest(partition, until), until)


async def _fold(room: ReadingRoom, stand: Stand, until: Until) -> Stand:
    log = room.logs(stand.partition)
    try:
        end = await log.end()
        await _check(log, stand, end)
        await _fold_on(room, log, stand, until, end)
        await _settle(room, stand)
    except LogError as error:
        raise RecordBroken(stand.partition, stand.chain.offset, str(error)) from error
    finally:
        await log.close()
    return stand


async def _fold_on(room: ReadingRoom, log: EventLog, stand: Stand, until: Until, end: int) -> None:
    async for batch in records(log, stand.chain.offset, end, room.breathe):
        before = stand.chain.offset
        for record in batch:
            if not _take(stand, record, until):
                return
        if before // EVERY != stand.chain.offset // EVERY:
            room.checkpoints.keep(stand)
        room.say(stand.partition, stand.chain.offset, end)


async def _settle(room: ReadingRoom, stand: Stand) -> None:
    """Fold what waited, and keep the stand for the next look."""
    waiting = await asyncio.to_thread(stand.records_waiting)  # sorting a busy week takes tens of milliseconds
    for number, record in enumerate(waiting, 1):
        try:
            stand.settle(record)
        except Unreadable as error:
            raise not_read(stand.partition, record.offset, error) from error
        if number % STEP == 0:
            await room.breathe()
    stand.settled()
    room.checkpoints.keep(stand)


def _take(stand: Stand, record: Record, until: Until) -> bool:
    try:
        return stand.take(record, until)
    except LogError as error:
        raise RecordBroken(stand.partition, record.offset, str(error)) from error
    except Unreadable as error:
        raise not_read(stand.partition, record.offset, error) from error


async def _check(log: EventLog, stand: Stand, end: int) -> None:
    """That the record on which a kept stand stands is still the one that was folded."""
    if stand.offset < 0:
        return
    found = await log.read(stand.offset, most=1, wait_s=1.0) if stand.offset < end else ()
    if not found or digest(found[0].value) != stand.chain.head:
        raise RecordBroken(stand.partition, stand.offset, "the record is not the one that was read before")

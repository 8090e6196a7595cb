"""Finding a place in a partition by its time. Partition time never falls, so a few reads find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.contracts.codec import decode_decision
from services.contracts.envelope import LogBegun
from services.contracts.history import HistoryPosition
from services.replay.domain.frame import HEAD_HEX, line_of, nothing_before
from services.replay.domain.links import Link, link_of
from services.replay.ports import RecordAway, RecordBroken

if TYPE_CHECKING:
    from services.eventsourcing.ports import EventLog, Record

STEP = 16


class Place(msgspec.Struct, frozen=True):
    """A counting record."""

    offset: int
    link: Link


async def first_from(log: EventLog, end: int, time: int) -> int:
    """Offset of the first counting record whose time is at least `time`; `end` where there is none."""
    low, high, best = 0, end, end
    while low < high:
        middle = (low + high) // 2
        found = await _counting_from(log, middle, high)
        if found is None:
            high = middle
        elif found.link.time >= time:
            high, best = middle, found.offset
        else:
            low = found.offset + 1
    return best


async def newest_before(log: EventLog, partition: int, log_id: str, offset: int) -> HistoryPosition:
    """The newest counting record in front of `offset`."""
    at = offset
    while at > 0:
        start = max(0, at - STEP)
        for record in reversed(await _read(log, start, at)):
            line, link = line_of(record.offset, record.value), link_of(record.value)
            if line.counts and link is not None:
                return HistoryPosition(
                    partition=partition,
                    log_id=log_id,
                    offset=record.offset,
                    head=line.sha256[:HEAD_HEX],
                    time=link.time,
                )
        at = start
    return nothing_before(partition, log_id)


async def log_id_of(log: EventLog, partition: int) -> str:
    """The name of the log, from its genesis. Raises `RecordBroken` where there is none."""
    for record in await _read(log, 0, min(1, await log.end())):
        for event in decode_decision(record.value).events:
            if isinstance(event, LogBegun):
                return event.log_id
    raise RecordBroken(partition, 0, "the log does not begin with its genesis")


async def _counting_from(log: EventLog, start: int, end: int) -> Place | None:
    at = start
    while at < end:
        for record in await _read(log, at, min(at + STEP, end)):
            link = link_of(record.value)
            if link is not None and link.lies_at == record.offset:
                return Place(record.offset, link)
        at += STEP
    return None


async def _read(log: EventLog, start: int, end: int) -> list[Record]:
    """All records of a short stretch."""
    found: list[Record] = []
    while start + len(found) < end:
        batch = await log.read(start + len(found), most=end - start - len(found), wait_s=5.0)
        if not batch:
            raise RecordAway(f"the log shows nothing at offset {start + len(found)} although it goes on")
        found += batch
    return found

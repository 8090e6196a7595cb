"""A partition folded beside the router, which does not run, up to the end of its log; its inbox compared."""

from __future__ import annotations

from services.alarm_router.domain.state import State
from services.eventsourcing.counting import NO_HEAD, LogBroken
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import EventLog, Record

PAGE = 5000
WAIT_S = 1.0


async def fold(owned: Partition[State], inbox: EventLog, events: EventLog) -> None:
    """Read the log to its end. Raises `LogBroken`, also where the inbox is not the one, and `Unreadable`."""
    end = await events.end()
    while owned.chain.offset < end:
        for record in await events.read(owned.chain.offset, most=PAGE, wait_s=WAIT_S):
            owned.fold(record)
    if owned.chain.head == NO_HEAD:
        raise LogBroken("the log has no genesis")
    source = owned.source.offset
    if source >= 0:
        found = await read(inbox, source, source) if await inbox.end() > source else []
        owned.check_source(found[0] if found else None)


async def read(log: EventLog, first: int, last: int) -> list[Record]:
    """All records from `first` to `last`, which are there."""
    found: list[Record] = []
    while len(found) <= last - first:
        at = first + len(found)
        found += await log.read(at, most=last - at + 1, wait_s=WAIT_S)
    return found

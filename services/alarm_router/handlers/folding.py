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
    await fold_log(owned, events, await events.end())
    await check_inbox(owned, inbox)


async def fold_log(owned: Partition[State], events: EventLog, end: int) -> None:
    """Read the log up to, not with, `end`. Raises `LogBroken` and `Unreadable`; then `owned` stands before that record."""
    await begin(owned, events)
    while owned.chain.offset < end:
        most = min(PAGE, end - owned.chain.offset)
        for record in await events.read(owned.chain.offset, most=most, wait_s=WAIT_S):
            owned.fold(record)


async def begin(owned: Partition[State], events: EventLog) -> None:
    """Where nothing was folded, begin with the newest generation, which carries what was known. Raises as `fold_log`."""
    at = 0 if owned.chain.offset else await events.begun()
    if at:
        owned.begin_at((await read(events, at, at))[0])


async def check_inbox(owned: Partition[State], inbox: EventLog) -> None:
    """That the log has a genesis, and the inbox is the one that was decided. Raises `LogBroken`."""
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

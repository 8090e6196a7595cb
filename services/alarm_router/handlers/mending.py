"""The way out for a partition that stopped: by the word of two persons it goes on behind what it cannot decide.

One decision names every inbox record that is passed over; its source is the last of them, so whoever folds the log
next, a worker that was running all the time included, reads on behind it. It is fenced like any writer's. Nothing
that this code can decide is ever passed over: then the way out is to start the router with this code.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.alarm_router.domain.clock import AHEAD_US
from services.alarm_router.domain.machine import AlarmRouter, StopPartition
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.folding import fold, read
from services.alarm_router.ports import Clock
from services.contracts.codec import NOT_READ, Unreadable, digest
from services.contracts.envelope import Accepted, LogMended, Skipped
from services.contracts.topics import subject_of_partition
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.partition import DecisionTooLarge, Fenced, Outcome, Partition
from services.eventsourcing.ports import AppendUnknown, EventLog, Record

MOST = 400  # records passed over by one decision, which stays below its 256 KB whatever their tags are
WORD_CHARS = 64  # of a tag or an id, kept
_UNDECIDABLE = (Unreadable, StopPartition, DecisionTooLarge)
_DIRECTORY = "directory."


class NotMended(Exception):
    """It is not mended, or not known to be. The message says why, and what to do instead."""


class Order(msgspec.Struct, frozen=True):
    """Two persons' word. `through`: the last inbox offset to pass over; None: only the one that stops it."""

    by: tuple[str, str]
    reason: str
    through: int | None = None


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """One record that was passed over. `about`: the site, provider or subject it speaks of, where that can be read."""

    offset: int
    hash: str
    tag: str
    about: str
    is_directory_change: bool


class Mended(msgspec.Struct, frozen=True):
    """What was done. `lies_at`: the offset of the decision that says so."""

    partition: int
    lies_at: int
    passed: tuple[Passed, ...]


class _Mending(AlarmRouter):
    """The router; once it has an outcome, it gives that instead of deciding."""

    outcome: Outcome | None = None

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        return self.outcome or super().decide(state, record)


async def mend(  # noqa: PLR0913 - two logs, a clock, the code, and what was ordered
    partition: int, order: Order, *, inbox: EventLog, events: EventLog, clock: Clock, code: str
) -> Mended:
    """Pass over what stops the partition. Raises `NotMended`."""
    machine = _Mending()
    owned = Partition(machine, partition, code)
    await _fold(owned, inbox, events)
    records = await _stopping(owned, inbox, order.through)
    machine.outcome = _outcome(owned.state, records, order, clock())
    value = owned.decide(records[-1])
    if value is None:
        raise AssertionError
    lies_at = owned.chain.offset - 1
    await _append(owned, events, value)
    return Mended(partition, lies_at, tuple(map(_passed, records)))


async def _fold(owned: Partition[State], inbox: EventLog, events: EventLog) -> None:
    try:
        await fold(owned, inbox, events)
    except Unreadable as error:
        raise NotMended(f"the log itself was written by newer code ({error}): use that version") from error
    except LogBroken as error:
        raise NotMended(
            f"{error}: this cannot be mended; restore a backup or begin a new generation"
        ) from error


async def _stopping(owned: Partition[State], inbox: EventLog, through: int | None) -> list[Record]:
    """The records to pass over. Raises `NotMended` where there is nothing to mend."""
    first, end = owned.source.offset + 1, await inbox.end()
    while first < end and _says_nothing(owned, *await read(inbox, first, first)):
        first += 1
    last = first if through is None else through
    if first >= end:
        raise NotMended("nothing to mend: everything in the inbox was decided")
    if not first <= last < end:
        raise NotMended(f"inbox offset {last} does not wait: the next is {first}, the last {end - 1}")
    if last - first >= MOST:
        raise NotMended(
            f"at most {MOST} records are passed over at once: mend through {first + MOST - 1} first"
        )
    records = await read(inbox, first, last)
    for record in records:
        if _can_be_decided(owned, record):
            raise NotMended(_why_not(record.offset, first))
    return records


def _says_nothing(owned: Partition[State], record: Record) -> bool:
    """Whether nobody ever decides it, since it is a tick in which nothing is due: the worker leaves it out."""
    try:
        return owned.would_decide(record) is None
    except _UNDECIDABLE:
        return False


def _can_be_decided(owned: Partition[State], record: Record) -> bool:
    """Whether this code decides it; if so `owned` has moved on and is of no more use."""
    try:
        return owned.decide(record) is not None
    except _UNDECIDABLE:
        return False


def _why_not(offset: int, first: int) -> str:
    if offset == first:
        return f"nothing to mend: this code decides inbox offset {offset}; start the router with it"
    return f"this code decides inbox offset {offset}, which must not be lost: mend through {offset - 1} first"


def _outcome(state: State, records: Sequence[Record], order: Order, now: int) -> Outcome:
    last = records[-1]
    mended = LogMended(
        skipped=tuple(
            Skipped(offset=one.offset, hash=digest(one.value), tag=_look(one.value).type[:WORD_CHARS])
            for one in records
        ),
        reason=order.reason,
        by=order.by,
    )
    time = max(state.time, min(last.stamp_us, now + AHEAD_US))
    return Outcome(time, subject_of_partition(state.partition), f"mend/{last.offset}", Accepted(), (mended,))


async def _append(owned: Partition[State], events: EventLog, value: bytes) -> None:
    writer = await events.open_writer()
    try:
        owned.landed(await writer.append([value]), 1)
    except Fenced as error:
        raise NotMended(
            "somebody else wrote to the log meanwhile, so this does not count: look again"
        ) from error
    except AppendUnknown as error:
        raise NotMended(f"it is not known whether it was written ({error}): run it again to see") from error
    finally:
        await writer.close()


class _Named(msgspec.Struct):
    id: str = ""


class _Look(msgspec.Struct):
    """What can be read of any record."""

    type: str = ""
    subject: str = ""
    site: _Named = msgspec.field(default_factory=_Named)
    provider: _Named = msgspec.field(default_factory=_Named)


class _Tag(msgspec.Struct):
    type: str = ""


def _look(value: bytes) -> _Look:
    try:
        return msgspec.json.decode(value, type=_Look)
    except NOT_READ:
        pass
    try:
        return _Look(msgspec.json.decode(value, type=_Tag).type)
    except NOT_READ:
        return _Look()


def _passed(record: Record) -> Passed:
    look = _look(record.value)
    about = look.site.id or look.provider.id or look.subject
    return Passed(
        offset=record.offset,
        hash=digest(record.value).hex(),
        tag=look.type[:WORD_CHARS],
        about=about[:WORD_CHARS],
        is_directory_change=look.type.startswith(_DIRECTORY),
    )

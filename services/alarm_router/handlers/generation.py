"""Begins a partition's new generation, while no router runs: the old list folded, and what it came to said in new words.

The new generation goes on at the offset at which the old one ended, and its first decision names the newest of the old
as every decision names the one before: it is one list, of which a part lies elsewhere. Where the chain of the old does
not hold, and two persons say so, it goes on behind the last decision that another one names: the one in front of the
break is named by none, and may be the one that was altered. What was decided behind is then lost as behind a copy
(`resuming`), and decided anew from the inbox, which is read on from where the last decision's source was.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from services.alarm_router.domain.carrying import parts_of
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.resuming import resumed
from services.alarm_router.domain.snapshot import freeze
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.folding import check_inbox, fold_log, read
from services.contracts.codec import NOT_READ, UnknownTag, Unreadable, digest
from services.contracts.envelope import (
    Accepted,
    Event,
    GenerationBegun,
    LogResumed,
    OldHead,
    StateCarried,
    StatePart,
)
from services.contracts.topics import subject_of_partition
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.partition import MAX_DECISION_BYTES, DecisionTooLarge, Outcome, Partition
from services.eventsourcing.ports import EventLog

GENERATION = "generation/"  # how the id of such a decision begins; it came of nothing in the inbox


class _Link(msgspec.Struct):
    lies_at: int
    prev: bytes


class Old(msgspec.Struct):
    """A partition of the old generation as it was folded: `owned`, behind the last decision that is proved, which is `head`.

    `log_id`: its name; `end`, `inbox_end`: of its lists; `begins`: where the new generation goes on. `broken`: why nothing
    behind holds; "" where all of it does.
    """

    owned: Partition[State]
    log_id: str
    head: OldHead
    begins: int
    end: int
    inbox_end: int
    broken: str

    @property
    def partition(self) -> int:
        """Which."""
        return self.head.partition

    @property
    def left_out(self) -> int:
        """How many records lie behind."""
        return self.end - self.begins


async def fold_old(partition: int, *, inbox: EventLog, events: EventLog, code: str) -> Old:
    """The old generation as far as it holds.

    Raises `LogBroken` where the inbox is not the one that was decided or the log has no genesis, `UnknownTag` where newer
    code wrote.
    """
    owned: Partition[State] = Partition(AlarmRouter(), partition, code)
    end, broken = await events.end(), ""
    try:
        await fold_log(owned, events, end)
    except (LogBroken, Unreadable) as error:
        if isinstance(error, UnknownTag) and await _is_named(events, owned.chain.offset, end):
            raise
        broken, last = f"offset {owned.chain.offset}: {error}", owned.newest
        owned = Partition(AlarmRouter(), partition, code)
        await fold_log(owned, events, last)
    await check_inbox(owned, inbox)
    if owned.state.carried is not None:
        raise LogBroken("not even the beginning of the generation holds")
    head = OldHead(partition=partition, offset=owned.newest, hash=owned.chain.head)
    return Old(owned, owned.state.log_id, head, owned.chain.offset, end, await inbox.end(), broken)


async def _is_named(events: EventLog, at: int, end: int) -> bool:
    """Whether the next decision names the record, or none follows: then it lies there as it was written."""
    (record,) = await read(events, at, at)
    for offset in range(at + 1, end):
        (following,) = await read(events, offset, offset)
        try:
            link = msgspec.json.decode(following.value, type=_Link)
        except NOT_READ:
            return False
        if link.lies_at == offset:
            return link.prev == digest(record.value)
    return True


def said(old: Old, begun: GenerationBegun, now: int) -> list[bytes]:
    """The first decisions of the new generation; `old.owned` has moved on behind them. `begun.pieces` is counted here.

    Partition time stays where it was, so that what the inbox still holds is decided as it was received.
    """
    owned, state = old.owned, old.owned.state
    pieces, before = parts_of(state), replace(state, log_id=begun.log_id)
    known = freeze(before)
    values = [_say(owned, (replace(begun, pieces=len(pieces)),))]
    values += [_say(owned, (_piece(number, pieces),)) for number in range(1, len(pieces) + 1)]
    if freeze(state) != known:
        raise AssertionError("what was carried is not what was known")
    if old.broken:
        event = LogResumed(log_id=begun.log_id, before=begun.before, copied_at=now, inbox_end=old.inbox_end)
        values += [
            _say(owned, events) for events in list(resumed(state, event, owned.source.offset, cut=True))
        ]
    return values


async def write(old: Old, values: list[bytes], new: EventLog) -> None:
    """Write what was said into the empty topic `new`, and fold it alone, as it lies there.

    Raises `Fenced` or `AppendUnknown` where somebody else writes, `LogBroken` where it does not say what the old said.
    """
    writer = await new.open_writer()
    try:
        old.owned.landed(old.begins + await writer.append(values), len(values))
    finally:
        await writer.close()
    alone: Partition[State] = Partition(AlarmRouter(), old.partition, old.owned.code)
    genesis, *rest = [
        replace(one, offset=old.begins + one.offset) for one in await read(new, 0, len(values) - 1)
    ]
    alone.begin_at(genesis)
    for record in rest:
        alone.fold(record)
    if freeze(alone.state) != freeze(old.owned.state) or alone.chain != old.owned.chain:
        raise LogBroken(f"partition {old.partition}: the new generation does not say what the old one said")


def _piece(number: int, pieces: list[tuple[StatePart, ...]]) -> StateCarried:
    return StateCarried(number=number, of=len(pieces), parts=pieces[number - 1])


def _say(owned: Partition[State], events: tuple[Event, ...]) -> bytes:
    subject = subject_of_partition(owned.state.partition)
    name = f"{GENERATION}{owned.chain.offset}"
    value = owned.say(Outcome(owned.state.time, subject, name, Accepted(), events))
    if len(value) > MAX_DECISION_BYTES:
        raise DecisionTooLarge(f"{name}: {len(value)} bytes")
    return value

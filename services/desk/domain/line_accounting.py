"""Signals by line and minute: what the sockets counted beside what the record says."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from services.contracts.alarm import SignalRecorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from services.contracts.envelope import Decision

MINUTE_US = 60_000_000
RECEIVER_ENDED = "receiver_ended"  # never acknowledged: the panel sends it again


class LineMinute(msgspec.Struct, frozen=True, gc=False):
    """What a receiver's run counted of one line in one minute; `number`: when it last changed."""

    line: str
    minute: int
    received: int
    kept: int
    refused: dict[str, int]
    number: int


class LinesRead(msgspec.Struct, frozen=True, gc=False):
    """What changed since the last reading; `more`: there is more to read at once.

    `spooled`: signals, of any run, that are kept and still wait for their way into the inbox.
    """

    run: str
    lines: tuple[LineMinute, ...]
    more: bool = False
    spooled: int = 0


class CellKey(msgspec.Struct, frozen=True, gc=False):
    """Where recorded signals are counted."""

    run: str
    line: str
    minute: int
    partition: int


class Recorded(msgspec.Struct):
    """Of one cell: by outcome, and where the decisions lie."""

    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    offsets: list[int] = []


def count(cells: dict[CellKey, Recorded], partition: int, offset: int, decision: Decision) -> None:
    """Add the decision's signals to the cells, each to the minute in which it was received."""
    for event in decision.events:
        if isinstance(event, SignalRecorded):
            minute = event.received_at // MINUTE_US * MINUTE_US
            key = CellKey(event.signal.run, event.signal.line, minute, partition)
            cell = cells.setdefault(key, Recorded())
            cell.outcomes[event.outcome] += 1
            if cell.offsets[-1:] != [offset]:
                cell.offsets.append(offset)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """received = recorded + refused + under_way + missing; recorded = surfaced + logged + suppressed + retransmit.

    `only_recorded`: of the received, those that the record alone shows, since their receiver ended before its last
    count was read, or an append that was given up took effect after all. `reasons`: of the refused.
    """

    received: int = 0
    recorded: int = 0
    refused: int = 0
    under_way: int = 0
    missing: int = 0
    only_recorded: int = 0
    surfaced: int = 0
    logged: int = 0
    suppressed: int = 0
    retransmit: int = 0
    reasons: dict[str, int] = {}


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of one day, minute or line, which `key` names. `site`: whose line it is, where that is known."""

    key: str
    counts: Counts
    site: str | None = None
    site_name: str = ""


class Span(msgspec.Struct, frozen=True):
    """Minutes from `begin` up to, not with, `end`, UTC microseconds; of one line or of all (None)."""

    begin: int
    end: int
    line: str | None = None


class SignalSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One signal of the record: what it came to, and where that stands. `alarm`: the one that it raised or joined."""

    run: str
    counter: int
    received_at: int
    outcome: str
    reason: str
    code: str
    qualifier: str
    area: str
    zone: str
    sequence: str | None
    alarm: str | None
    partition: int
    offset: int


def signals_of(
    decision: Decision, partition: int, offset: int, line: str, minute: int
) -> Iterator[SignalSeen]:
    """The decision's signals of this line and minute."""
    alarm = next((one for event in decision.events if (one := getattr(event, "alarm", None))), None)
    for event in decision.events:
        if not isinstance(event, SignalRecorded) or event.signal.line != line:
            continue
        if event.received_at // MINUTE_US * MINUTE_US == minute:
            yield SignalSeen(
                run=event.signal.run,
                counter=event.signal.counter,
                received_at=event.received_at,
                outcome=event.outcome,
                reason=event.reason,
                code=event.code,
                qualifier=event.qualifier,
                area=event.area,
                zone=event.zone,
                sequence=event.sequence,
                alarm=alarm,
                partition=partition,
                offset=offset,
            )


def added(totals: Iterable[Counts], reasons: Mapping[str, int]) -> Counts:
    """All of them together; `reasons`: of what was refused at the sockets."""
    by_name: Counter[str] = Counter()
    why = Counter(reasons)
    for one in totals:
        why.update(one.reasons)
        by_name.update({name: getattr(one, name) for name in Counts.__struct_fields__ if name != "reasons"})
    return Counts(**by_name, reasons=dict(why))

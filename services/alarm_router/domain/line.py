"""What an account line remembers: the newest counters of its receivers, and what was heard of late."""

from __future__ import annotations

import msgspec

from services.contracts import alarm as a
from services.contracts.stored import SignalId

RECENT_PER_LINE = 32
RUNS_PER_LINE = 64


class Heard(msgspec.Struct, frozen=True, gc=False):
    """A signal as its line remembers it, to know a panel's repetition."""

    sequence: str | None
    code: str
    qualifier: str
    area: str
    zone: str
    panel_time: int | None
    received_at: int


class LineState(msgspec.Struct, gc=False):
    """One account line: the newest counter of each receiver run, and what was heard of late.

    `carried`: the newest counters of what came over from a merged site; it may come after newer direct ones.
    """

    marks: dict[str, int] = msgspec.field(default_factory=dict)
    carried: dict[str, int] | None = None
    recent: list[Heard] = msgspec.field(default_factory=list)


def heard_of(event: a.SignalRecorded) -> Heard:
    """What the line remembers of a recorded signal."""
    return Heard(
        event.sequence,
        event.code,
        event.qualifier,
        event.area,
        event.zone,
        event.panel_time,
        event.received_at,
    )


def mark(marks: dict[str, int], signal: SignalId) -> None:
    """Remember the newest counter of the signal's run."""
    before = marks.get(signal.run, 0)
    if before and len(marks) > 1:
        del marks[signal.run]  # the run heard last is forgotten last
    marks[signal.run] = max(before, signal.counter)
    if len(marks) > RUNS_PER_LINE:
        del marks[next(iter(marks))]

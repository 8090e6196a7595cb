"""What an account line remembers: the newest counters of its receivers, and what was heard of late."""

from __future__ import annotations

from sys import intern

import msgspec

from services.contracts import alarm as a
from services.contracts.directory import SiteEntry
from services.contracts.stored import SignalId
from services.contracts.topics import line_key

RECENT_PER_LINE = 32
RUNS_PER_LINE = 64
MOST_STRANGERS = 4_096


class Heard(msgspec.Struct, frozen=True, gc=False):
    """A signal as its line remembers it, to know a panel's repetition.

    A partition remembers millions, mostly of the same few words: equal texts are one object (`heard_of`, `shared`).
    """

    sequence: str | None
    code: str
    qualifier: str
    area: str
    zone: str
    panel_time: int | None
    received_at: int


class LineState(msgspec.Struct, gc=False):
    """One account line: the newest counter of each receiver run, and what was heard of late."""

    marks: dict[str, int] = msgspec.field(default_factory=dict)
    recent: list[Heard] = msgspec.field(default_factory=list)


class Lines(msgspec.Struct, gc=False):
    """The lines of a partition. Those that the registry gives to its sites are remembered for ever, of others the last.

    `registered`: the site of each; `strangers`: all other lines that are known, the one heard longest ago first.
    """

    known: dict[str, LineState] = msgspec.field(default_factory=dict)
    registered: dict[str, str] = msgspec.field(default_factory=dict)
    strangers: dict[str, None] = msgspec.field(default_factory=dict)


def held(lines: Lines, name: str) -> LineState:
    """The line, known from here on."""
    line = lines.known.get(name)
    if line is None:
        line = lines.known[name] = LineState()
    if name not in lines.registered:
        _remember(lines, name)
    return line


def register(lines: Lines, before: SiteEntry | None, site: SiteEntry) -> None:
    """The fold of a site's entry: whose its lines are. `before`: the entry it replaces."""
    now = {line_key(line.account_space, line.account): site.id for line in site.lines}
    for name in now:
        lines.strangers.pop(name, None)
    lines.registered.update(now)
    for line in () if before is None else before.lines:
        name = line_key(line.account_space, line.account)
        if name not in now and lines.registered.get(name) == site.id:
            del lines.registered[name]
            if name in lines.known:
                _remember(lines, name)


def _remember(lines: Lines, name: str) -> None:
    """As the stranger heard last. Of one that is forgotten a repetition counts as news, which costs a second look."""
    lines.strangers.pop(name, None)
    lines.strangers[name] = None
    if len(lines.strangers) > MOST_STRANGERS:
        forgotten = next(iter(lines.strangers))
        del lines.strangers[forgotten], lines.known[forgotten]


def heard_of(signal: a.SignalRecorded | Heard) -> Heard:
    """What the line remembers of a signal."""
    return Heard(
        signal.sequence and intern(signal.sequence),
        intern(signal.code),
        intern(signal.qualifier),
        intern(signal.area),
        intern(signal.zone),
        signal.panel_time,
        signal.received_at,
    )


def shared(read: dict[str, LineState]) -> dict[str, LineState]:
    """Lines that were read from bytes, which remember from here on by the same texts as all others."""
    for line in read.values():
        line.marks = {intern(run): counter for run, counter in line.marks.items()}
        line.recent = [heard_of(one) for one in line.recent]
    return read


def mark(marks: dict[str, int], signal: SignalId) -> None:
    """Remember the newest counter of the signal's run."""
    before = marks.pop(signal.run, signal.counter)  # the run heard last is forgotten last
    marks[intern(signal.run)] = max(before, signal.counter)
    if len(marks) > RUNS_PER_LINE:
        del marks[next(iter(marks))]


def same_signal(lines: Lines, signal: SignalId) -> bool:
    """Whether this very signal was decided before: lower than or equal to the line's mark of that run."""
    line = lines.known.get(signal.line)
    return line is not None and signal.counter <= line.marks.get(signal.run, 0)

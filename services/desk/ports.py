"""What the desk's handlers need from the outside. Times are UTC microseconds.

Errors, by what the caller does: `Away` try again later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.contracts.envelope import Answer, Command, Event
    from services.contracts.interruption import InterruptionView, WindowView
    from services.contracts.reports import TypedWhileUndecided
    from services.contracts.stored import Actor, Sealed
    from services.contracts.views import AlarmView, StoppedPartition, UndecidedSignal
    from services.desk.domain.accounting import AtSockets
    from services.desk.domain.line_accounting import LinesRead, Span, Total
    from services.picture.escalation_view import Report
    from services.picture.names import SiteName
    from services.picture.visibility import Scope


class Away(Exception):
    """Kafka cannot be reached: nothing was sent."""


class Ticket(msgspec.Struct, frozen=True, gc=False):
    """What became of a command: the first decision with its id."""

    partition: int
    offset: int
    id: str
    answer: Answer
    events: tuple[Event, ...]
    decided_at: int


class PastEvent(msgspec.Struct, frozen=True, gc=False):
    """An event of one alarm, where and when it was decided."""

    partition: int
    offset: int
    time: int
    event: Event


class Within(msgspec.Struct, frozen=True):
    """When an alarm was raised, UTC microseconds, both included; None: as early, or as late, as there are any."""

    begin: int | None = None
    end: int | None = None


class Page(msgspec.Struct, frozen=True):
    """What a list asks for. `after`: the sort keys of the last item seen."""

    state: str = "all"
    account: str | None = None
    site: str | None = None
    provider: str | None = None
    within: Within = Within()
    limit: int = 100
    after: tuple[int | str, ...] = ()


class Colleague(msgspec.Struct, frozen=True, gc=False):
    """A person as identity knows them now. `active`: may log in."""

    name: str
    person: Actor
    active: bool


class DeskViews(Protocol):
    """The read models, the register's names and the book of looks."""

    async def alarms(self, scope: Scope, page: Page) -> Sequence[AlarmView]:
        """Open ones by priority and age, others newest first."""

    async def alarm(self, alarm: str) -> AlarmView | None:
        """One alarm, archived or not."""

    async def found(self, scope: Scope, text: str, within: Within, most: int) -> Sequence[AlarmView]:
        """By account (its beginning), number or a part of the site's or provider's name; open ones first, then the newest.

        Without a text all that were raised within a time; without that either, none.
        """

    async def subject(self, alarm: str) -> str | None:
        """Under which subject it was raised; None: not known."""

    async def events(self, alarm: str) -> Sequence[PastEvent]:
        """All that happened to it, in the order of the record."""

    async def escalations(self, scope: Scope, page: Page) -> Sequence[Report]:
        """Newest first."""

    async def escalation(self, escalation: str) -> Report | None:
        """One escalation."""

    async def ticket(self, partition: int, command: str) -> Ticket | None:
        """What became of a command, if it was decided and projected."""

    async def names(self, sites: Iterable[str]) -> dict[str, SiteName]:
        """What the register calls these sites; unknown ones are left out."""

    async def people(self, ids: Iterable[str]) -> dict[str, Colleague]:
        """Who these ids are; unknown ones are left out."""

    async def reached(self) -> Mapping[int, int]:
        """The newest offset of each partition that these views show."""

    async def note_look(self, person: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
        """Write into the book of looks, durably, before the look is answered."""


class Asked(msgspec.Struct, frozen=True):
    """What a list of interruptions or windows asks for; None: all. `after`: the sort keys of the last item seen.

    `at`: interruptions as they were at this instant of partition time; None: as they are.
    """

    site: str | None = None
    finding: str | None = None
    restored: bool | None = None
    limit: int = 100
    after: tuple[int | str, ...] = ()
    at: int | None = None


class InterruptionViews(Protocol):
    """The read model of interruptions and maintenance windows; lists are newest first."""

    async def interruptions(self, scope: Scope, asked: Asked) -> Sequence[InterruptionView]:
        """Those in scope."""

    async def interruption(self, interruption: str) -> InterruptionView | None:
        """One, whoever asks."""

    async def windows(self, scope: Scope, asked: Asked) -> Sequence[WindowView]:
        """Those in scope."""

    async def window(self, window: str) -> WindowView | None:
        """One, whoever asks."""

    async def windows_named(self, windows: Iterable[str]) -> Sequence[WindowView]:
        """These, oldest first; unknown ones are left out."""

    async def events(self, about: str) -> Sequence[PastEvent]:
        """All that happened to an interruption or a window."""

    async def reached(self) -> Mapping[int, int]:
        """The newest offset of each partition that these views show."""


class BookOfLooks(Protocol):
    """Who looked at what."""

    async def note_look(self, person: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
        """Write it down, durably, before the look is answered."""


class Gateway(Protocol):
    """The way into the inbox, and the tail of the record that says what was decided."""

    @property
    def newest_decision(self) -> int:
        """Time of the newest decision seen."""

    def decided_at(self, partition: int) -> int:
        """Time of the newest decision seen of this partition."""

    def reached(self) -> Mapping[int, int]:
        """The newest offset of each partition that the tail has seen."""

    async def submit(self, command: Command) -> Ticket | None:
        """Append and wait; None when nothing was decided in time, or nobody knows its fate. Raises `Away`."""

    async def report(self, partition: int, report: TypedWhileUndecided) -> None:
        """Append durably; decided when the partition decides again. Raises `Away`: it is not known to be there."""


class WatchedInbox(Protocol):
    """The inbox beyond what was decided. `following`: it is being read."""

    following: bool

    def behind_us(self, now: int) -> int:
        """How long the record that waits longest has waited."""

    def waits(self, partition: int) -> bool:
        """Whether something of this partition is not yet decided."""

    def stopped(self, now: int) -> Sequence[StoppedPartition]:
        """The partitions in which something has waited too long."""

    def signals(self, partition: int) -> Sequence[UndecidedSignal]:
        """The newest undecided signals, newest last, without the names of their sites."""


class Inbox(WatchedInbox, Protocol):
    """The same, and each of its signals."""

    async def at(self, partition: int, offset: int) -> UndecidedSignal | None:
        """The signal at this offset, decided or not; None: there is none. Raises `Away`."""


class FollowedInbox(WatchedInbox, Protocol):
    """The same as the feed has it: it runs `follow` beside itself."""

    def waiting_of(self, run: str) -> int:
        """How many signals that a receiver's run named are not yet decided."""

    async def follow(self) -> None:
        """Read the inbox for ever, from the first record not known to be decided."""


class ScreenGone(Exception):
    """The screen has left."""


class Line(Protocol):
    """The way to one screen. What is written waits there until the screen takes it; nobody waits for that."""

    @property
    def is_open(self) -> bool:
        """Whether bytes may be written."""
        ...

    @property
    def waiting(self) -> int:
        """Bytes that the screen has not taken yet."""
        ...

    def write(self, frames: bytes) -> None:
        """Whole frames."""

    async def said(self) -> str | bytes:
        """What the screen says next. Raises `ScreenGone`."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """With a word why."""


class Names(Protocol):
    """What the register calls things."""

    async def names(self, sites: Iterable[str]) -> dict[str, SiteName]:
        """What it calls these sites; unknown ones are left out."""
        ...


class Sessions(Protocol):
    """Who is logged in."""

    async def people(self, hashes: Iterable[bytes]) -> dict[bytes, Actor]:
        """Who is behind these sessions, with the roles as they are now; ended ones are left out."""
        ...


class Receivers(Protocol):
    """What the receivers count at their sockets."""

    async def counted(self) -> AtSockets | None:
        """The counts of the run that receives now; None: the receivers are away."""
        ...


class ReceiversByLine(Protocol):
    """The same by line and minute."""

    async def counted_by_line(self, run: str, number: int) -> LinesRead | None:
        """What that run counted after `number`, or all that another one has; None: the receivers are away."""
        ...


class SocketCounts(Protocol):
    """Where the receivers' counts by line and minute are kept: whole counts, so that one may be written twice."""

    async def newest_run(self) -> tuple[str, int]:
        """The run that was read last and how far; an empty name: none."""
        ...

    async def doubted(self) -> int | None:
        """Since when it is not known what the receivers hold, as it was left."""
        ...

    async def doubt(self, since: int | None) -> None:
        """Leave that; None: they hold nothing back."""
        ...

    async def write_sockets(self, read: LinesRead, now: int) -> None:
        """What the receivers counted; every other run is over."""
        ...


class LineCounts(Protocol):
    """Signals by line and minute. `due`: what changed up to then and is not in the record is missing, else under way."""

    async def days(self, scope: Scope, span: Span, due: int) -> Sequence[Total]:
        """By day in Asia/Shanghai, counted from 1970-01-01, the newest first."""

    async def minutes(self, scope: Scope, span: Span, due: int) -> Sequence[Total]:
        """By minute, the newest first."""

    async def lines(self, scope: Scope, span: Span, due: int, limit: int, after: int) -> Sequence[Total]:
        """By line, those with something missing first, then the busiest; without the first `after`."""

    async def reasons(self, scope: Scope, span: Span) -> dict[str, int]:
        """What was refused at the sockets, by reason."""

    async def places(self, scope: Scope, line: str, minute: int) -> Sequence[tuple[int, int]]:
        """Partitions and offsets of the decisions about this line's signals of this minute."""

    async def unsure_since(self) -> int | None:
        """Since when the receivers are away, or keep signals that are not in the inbox yet; None: they do not."""

    async def read_up_to(self) -> Mapping[int, tuple[int, int]]:
        """How far the record is counted: by partition the offset, and the time when that was decided."""


class Opening(Protocol):
    """Sealed free text, to be read."""

    async def open(self, sealed: Iterable[Sealed]) -> dict[Sealed, str]:
        """What each says; a text whose key was erased is left out."""
        ...


class Vault(Opening, Protocol):
    """The same, to be read and written."""

    async def seal(self, subject: str, text: str) -> Sealed:
        """Under the subject's key."""
        ...

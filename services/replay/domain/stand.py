"""One partition as it stood: the fold of its counting decisions up to a time or an offset."""

from __future__ import annotations

import copy
from typing import get_args

import msgspec

from services.contracts.alarm import AlarmArchived
from services.contracts.codec import NOT_READ, Malformed, UnknownTag, decode_decision
from services.contracts.envelope import Event, LogBegun
from services.contracts.history import HistoryPosition
from services.eventsourcing.counting import Chain
from services.eventsourcing.ports import Record
from services.picture.alarm_view import Changed, Views, changes

FAR = 1 << 62  # behind every offset and every time


class Until(msgspec.Struct, frozen=True):
    """How far: decisions whose partition time is at most `time` and that lie at most at `offset`."""

    time: int = FAR
    offset: int = FAR

    def excludes(self, offset: int, time: int) -> bool:
        """Whether a counting decision lies behind the end. Partition time never falls: all after it do too."""
        return time > self.time or offset > self.offset


class Told(msgspec.Struct, frozen=True, gc=False):
    """What is read of an event to know whether the picture needs it."""

    type: str
    alarm: str | None = None


class Glance(msgspec.Struct, frozen=True, gc=False, tag="decision.v1"):
    """What is read of every decision: enough for the chain, and which alarms it is about."""

    lies_at: int
    prev: bytes
    time: int
    events: tuple[Told, ...]


_GLANCE = msgspec.json.Decoder(Glance)
_KNOWN = frozenset(str(event.__struct_config__.tag) for event in get_args(Event))
_ARCHIVED = AlarmArchived.__struct_config__.tag


class Stand(msgspec.Struct):
    """A partition on the way, and the alarms that are not archived there.

    Most alarms of a long past are archived before its end, and folding them is what costs. So a decision is only
    glanced at; it waits with the alarms it is about, is dropped when they are archived, and folded by `settle`.

    `chain`: next to read; `offset` and `time`: of the newest counting decision taken, -1 and 0 before the first.
    `views`: what is folded; `waiting`: by alarm, what is not yet; `archived`: alarms to forget when it is.
    """

    partition: int
    chain: Chain = msgspec.field(default_factory=Chain)
    offset: int = -1
    time: int = 0
    log_id: str = ""
    views: Views = msgspec.field(default_factory=Views)
    waiting: dict[str, tuple[Record, ...]] = {}
    archived: list[str] = []

    def copy(self) -> Stand:
        """A stand of its own; views and records themselves are frozen and shared."""
        views = Views(*(copy.copy(getattr(self.views, name)) for name in Views.__struct_fields__))
        chain = Chain(self.chain.offset, self.chain.head)
        waiting, archived = dict(self.waiting), list(self.archived)
        return Stand(self.partition, chain, self.offset, self.time, self.log_id, views, waiting, archived)

    def take(self, record: Record, until: Until) -> bool:
        """Go on by one record; False, and nothing changed, when it lies behind `until`.

        Raises `LogBroken` when it does not follow the record before it, `Unreadable` for an unknown tag.
        """
        glance, head = _glance(record), self.chain.head
        if not self.chain.follows(record, glance.lies_at, glance.prev):
            return True
        if until.excludes(record.offset, glance.time):
            self.chain.offset, self.chain.head = record.offset, head
            return False
        self.offset, self.time = record.offset, glance.time
        self._hear(glance.events, record)
        return True

    def records_waiting(self) -> list[Record]:
        """What is to be settled, in the order of the log."""
        by_offset = {record.offset: record for records in self.waiting.values() for record in records}
        return [by_offset[offset] for offset in sorted(by_offset)]

    def settle(self, record: Record) -> None:
        """Fold one record that waited. Raises `Unreadable`."""
        decision = decode_decision(record.value)
        self.views.take(changes(self.views, self.partition, record.offset, decision))

    def settled(self) -> None:
        """Everything that waited is folded. An archived alarm may have come along with another's record."""
        self.views.take(Changed(archived=self.archived))
        self.waiting, self.archived = {}, []

    def position(self) -> HistoryPosition:
        """Where it stands."""
        return HistoryPosition(
            partition=self.partition,
            log_id=self.log_id,
            offset=self.offset,
            head=self.chain.head.hex(),
            time=self.time,
        )

    def _hear(self, events: tuple[Told, ...], record: Record) -> None:
        waiting = self.waiting
        for event in events:
            alarm = event.alarm
            if event.type not in _KNOWN:
                raise UnknownTag(event.type)
            if alarm is None:
                if record.offset == 0:
                    self.log_id = _named(record)
            elif event.type == _ARCHIVED:
                waiting.pop(alarm, None)
                self.archived.append(alarm)
            else:
                waiting[alarm] = (*waiting.get(alarm, ()), record)


def _glance(record: Record) -> Glance:
    try:
        return _GLANCE.decode(record.value)
    except NOT_READ as error:
        raise Malformed(str(error)) from error


def _named(genesis: Record) -> str:
    events = decode_decision(genesis.value).events
    return next((event.log_id for event in events if isinstance(event, LogBegun)), "")

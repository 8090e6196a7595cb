"""What one alarm's decisions say: how it stood, and a row for each event and each attempt that came to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from services.contracts.alarm import AlarmOccurred, AlarmRaised, AlarmRestored, SignalRecorded
from services.contracts.codec import digest
from services.contracts.history import RecordRow, RecordSource
from services.picture.alarm_view import Views, changes
from services.replay.domain.free_text import in_clear

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from services.contracts.envelope import Decision, Event
    from services.contracts.views import AlarmView
    from services.picture.alarm_view import Report

_OF_A_SIGNAL = (AlarmRaised, AlarmOccurred, AlarmRestored)


class Step(msgspec.Struct, frozen=True):
    """A counting decision that is about the alarm. `by`: who asked, where no event says it."""

    offset: int
    value: bytes
    decision: Decision
    by: str | None = None


class AnyTrail(Protocol):
    """The steps of one thing in the order of the record, and how it stands after them; `view` None: nothing was found."""

    name: str
    partition: int
    steps: list[Step]

    @property
    def view(self) -> object | None:
        """How it stands."""

    def add(self, step: Step) -> None:
        """Go on by one decision that is about it."""

    def own(self, decision: Decision) -> Sequence[Event]:
        """The decision's events about it."""


class Trail(msgspec.Struct):
    """The steps of one alarm, in the order of the record, and how it stands after them. `name`: its id."""

    name: str
    partition: int
    steps: list[Step] = []
    view: AlarmView | None = None
    reports: dict[str, Report] = {}

    def add(self, step: Step) -> None:
        """Go on by one decision. An archived alarm stays as it was: the record keeps it for ever."""
        self.steps.append(step)
        alarms = {} if self.view is None else {self.name: self.view}
        before = Views(alarms=alarms, reports=dict(self.reports))
        changed = changes(before, self.partition, step.offset, step.decision)
        self.view = changed.alarms.get(self.name, self.view)
        of_mine = {name: one for name, one in changed.reports.items() if one.view.alarm == self.name}
        self.reports.update(of_mine)

    def events(self) -> list[Event]:
        """All events of it."""
        return [event for step in self.steps for event in self.own(step.decision)]

    def own(self, decision: Decision) -> Sequence[Event]:
        """The decision's events about this alarm, with the signal that raised it or was added to it."""
        own = [event for event in decision.events if getattr(event, "alarm", None) == self.name]
        if not any(isinstance(event, _OF_A_SIGNAL) for event in own):
            return own
        return [event for event in decision.events if event in own or isinstance(event, SignalRecorded)]


def rows(trail: AnyTrail, said: Mapping[str, str]) -> tuple[RecordRow, ...]:
    """One row for each event; `said`: sealed texts as this reader sees them."""
    steps = sorted(trail.steps, key=lambda step: step.offset)
    return tuple(row for step in steps for row in rows_of(trail, step, said))


def rows_of(trail: AnyTrail, step: Step, said: Mapping[str, str]) -> Iterator[RecordRow]:
    """One row for each event of this step, or one for an answer without any."""
    events: Iterable[Event | None] = trail.own(step.decision) or [None]
    for event in events:
        yield _row(trail.partition, step, event, said)


def _row(partition: int, step: Step, event: Event | None, said: Mapping[str, str]) -> RecordRow:
    decision, shown = step.decision, None if event is None else in_clear(event, said)
    answer = msgspec.to_builtins(decision.answer)
    actor = getattr(event, "by", None)
    return RecordRow(
        partition=partition,
        offset=step.offset,
        time=decision.time,
        type=answer["type"] if shown is None else shown["type"],
        event=shown,
        by=step.by if actor is None else actor.id,
        prev=decision.prev.hex(),
        digest=digest(step.value).hex(),
        source=RecordSource(offset=decision.source.offset, hash=decision.source.hash.hex()),
        answer=answer,
    )

"""What the feed knows and says: views folded from decisions, and the frames of each sight."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from services.contracts.alarm import SignalRecorded
from services.contracts.views import AlarmChanged, EscalationChanged, Snapshot, UndecidedChanged
from services.picture.alarm_view import Views, changes
from services.picture.escalation_view import Report
from services.picture.visibility import PROVIDER_SIDE, Scope, alarm_scope, escalation_scope, may_read_notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.contracts.envelope import Decision
    from services.contracts.stored import Actor
    from services.contracts.views import (
        AlarmView,
        EscalationView,
        PartitionPosition,
        StoppedPartition,
        UndecidedSignal,
    )
    from services.desk.domain.reading_place import Place
    from services.picture.alarm_view import Changed
    from services.picture.names import Reading
    from services.picture.undecided import Undecided

RECENT_US = 24 * 3_600_000_000


class Sight(msgspec.Struct, frozen=True):
    """What somebody sees. People of one sight get the same bytes."""

    alarms: Scope
    escalations: Scope
    notes: bool
    accounting: bool

    @classmethod
    def of(cls, person: Actor) -> Sight:
        """The sight of a person. The sums of the whole centre are for its people and for who sees all of it."""
        alarms = alarm_scope(person)
        sums = alarms.everything or not PROVIDER_SIDE.isdisjoint(person.roles)
        return cls(alarms, escalation_scope(person), may_read_notes(person), sums)

    def of_lane(self, lane: Iterable[Undecided]) -> tuple[UndecidedSignal, ...]:
        """The undecided signals that it sees."""
        return tuple(one.signal for one in lane if self.alarms.holds(one))


class Happening(msgspec.Struct, frozen=True, gc=False):
    """One decision that changed something to see. `moved`: how it was, for what now lies in another scope."""

    partition: int
    offset: int
    log_id: str
    command: str | None
    alarms: tuple[AlarmView, ...]
    reports: tuple[Report, ...]
    moved: tuple[AlarmView | Report, ...] = ()

    @property
    def is_many(self) -> bool:
        """Whether it is said in more than one frame."""
        return len(self.alarms) + len(self.reports) > 1

    def views(self) -> list[AlarmView | EscalationView]:
        """All views it carries."""
        return [*self.alarms, *(report.view for report in self.reports)]


class Lanes(msgspec.Struct, frozen=True):
    """The partitions that do not decide, and their signals."""

    stopped: tuple[StoppedPartition, ...] = ()
    signals: Mapping[int, tuple[Undecided, ...]] = {}

    def changed(self, before: Lanes) -> dict[int, tuple[Undecided, ...]]:
        """The whole lanes that differ; empty where the partition decides again."""
        partitions = self.signals.keys() | before.signals.keys()
        now = {partition: self.signals.get(partition, ()) for partition in sorted(partitions)}
        return {
            partition: lane for partition, lane in now.items() if lane != before.signals.get(partition, ())
        }


class Board(msgspec.Struct):
    """The state of the feed. `recorded`: signals by the receiver's run and what they came to."""

    views: Views
    places: dict[int, Place]
    recorded: dict[str, Counter[str]] = {}

    def take(self, partition: int, offset: int, head: bytes, decision: Decision) -> Happening | None:
        """Fold one decision; what there is to say about it."""
        changed = changes(self.views, partition, offset, decision)
        moved = tuple(_moved(self.views, changed))
        self.views.take(changed)
        place = self.places[partition]
        place.move(offset, head, decision)
        for event in decision.events:
            if isinstance(event, SignalRecorded):
                self.recorded.setdefault(event.signal.run, Counter())[event.outcome] += 1
        if not changed.alarms and not changed.reports:
            return None
        alarms, reports = tuple(changed.alarms.values()), tuple(changed.reports.values())
        command = decision.id if "/" not in decision.id else None
        return Happening(partition, offset, place.log_id, command or None, alarms, reports, moved)

    def newest(self) -> list[Happening]:
        """What changed at exactly the places where this board stands, as far as it is known."""
        found = []
        for place in self.places.values():
            at = (place.partition, place.offset)
            alarms = tuple(one for one in self.views.alarms.values() if (one.partition, one.offset) == at)
            reports = tuple(
                self.views.reports[one.escalation] for one in alarms if one.escalation in self.views.reports
            )
            if alarms:
                found.append(Happening(*at, place.log_id, None, alarms, reports))
        return found

    def shown(self, sight: Sight, now: int) -> tuple[list[AlarmView], list[EscalationView]]:
        """Open alarms, and escalations that are not final or less than a day old."""
        alarms = [v for v in self.views.alarms.values() if v.state == "open" and sight.alarms.holds(v)]
        reports = [
            report.view
            for report in self.views.reports.values()
            if sight.escalations.holds(report)
            and (report.view.state != "final" or report.view.escalated_at > now - RECENT_US)
        ]
        return alarms, reports

    def positions(self) -> tuple[PartitionPosition, ...]:
        """Of every partition."""
        return tuple(place.shown() for place in self.places.values())

    def last_signal_at(self) -> int | None:
        """When the newest signal was received."""
        return max((place.last_signal_at or 0 for place in self.places.values()), default=0) or None

    def snapshot(self, sight: Sight, name: str, reading: Reading, lanes: Lanes, now: int) -> Snapshot:
        """The first frame. `name`: of the sight."""
        alarms, escalations = self.shown(sight, now)
        return Snapshot(
            alarms=tuple(reading.show(view, notes=sight.notes) for view in alarms),
            escalations=tuple(reading.show(view, notes=sight.notes) for view in escalations),
            positions=self.positions(),
            undecided=tuple(one for lane in lanes.signals.values() for one in sight.of_lane(lane)),
            stopped=lanes.stopped,
            at=now,
            sight=name,
        )


def departs(happened: Sequence[Happening], sight: Sight) -> bool:
    """Whether something has left this sight: no frame says that, only a fresh snapshot shows it."""
    return any(
        _holds(sight, before) and not _holds(sight, after)
        for one in happened
        for before, after in zip(one.moved, _after(one), strict=True)
    )


def frames(happening: Happening, sight: Sight, reading: Reading) -> list[AlarmChanged | EscalationChanged]:
    """What this happening is for those of this sight."""
    said: list[AlarmChanged | EscalationChanged] = []
    partition, offset, log_id = happening.partition, happening.offset, happening.log_id
    for view in happening.alarms:
        if sight.alarms.holds(view):
            alarm = reading.show(view, notes=sight.notes)
            said.append(
                AlarmChanged(
                    partition=partition, offset=offset, log_id=log_id, alarm=alarm, command=happening.command
                )
            )
    for report in happening.reports:
        if sight.escalations.holds(report):
            escalation = reading.show(report.view, notes=sight.notes)
            said.append(
                EscalationChanged(partition=partition, offset=offset, log_id=log_id, escalation=escalation)
            )
    return said


def lane_frames(lanes: Mapping[int, Iterable[Undecided]], sight: Sight) -> list[UndecidedChanged]:
    """Whole lanes, as this sight sees them."""
    return [
        UndecidedChanged(partition=partition, signals=sight.of_lane(lane))
        for partition, lane in lanes.items()
    ]


def _moved(views: Views, changed: Changed) -> Iterable[AlarmView | Report]:
    """What lay in another scope before."""
    for alarm in changed.alarms.values():
        before = views.alarms.get(alarm.id)
        if before is not None and (before.provider, before.bureau) != (alarm.provider, alarm.bureau):
            yield before
    for report in changed.reports.values():
        was = views.reports.get(report.view.id)
        if was is not None and (was.provider, was.bureau) != (report.provider, report.bureau):
            yield was


def _after(happening: Happening) -> Iterable[AlarmView | Report]:
    alarms = {alarm.id: alarm for alarm in happening.alarms}
    reports = {report.view.id: report for report in happening.reports}
    for before in happening.moved:
        yield reports[before.view.id] if isinstance(before, Report) else alarms[before.id]


def _holds(sight: Sight, subject: AlarmView | Report) -> bool:
    scope = sight.escalations if isinstance(subject, Report) else sight.alarms
    return scope.holds(subject)

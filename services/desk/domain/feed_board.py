"""What the feed knows and says: views folded from decisions, and the frames of each scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.contracts.views import AlarmChanged, Beat, EscalationChanged, PartitionPosition, Snapshot
from services.picture.alarm_view import Views, changes
from services.picture.visibility import Scope, alarm_scope, escalation_scope, may_read_notes

if TYPE_CHECKING:
    from services.contracts.envelope import Decision
    from services.contracts.stored import Actor
    from services.contracts.views import AlarmView, EscalationView
    from services.picture.alarm_view import Report
    from services.picture.names import Reading
    from services.desk.domain.reading_place import Place

RECENT_US = 24 * 3_600_000_000


class Sight(msgspec.Struct, frozen=True):
    """What somebody sees. People of one sight get the same bytes."""

    alarms: Scope
    escalations: Scope
    notes: bool

    @classmethod
    def of(cls, person: Actor) -> Sight:
        """The scope of a person."""
        return cls(alarm_scope(person), escalation_scope(person), may_read_notes(person))


class Happening(msgspec.Struct, frozen=True, gc=False):
    """One decision that changed something to see."""

    partition: int
    offset: int
    log_id: str
    command: str | None
    alarms: tuple[AlarmView, ...]
    reports: tuple[Report, ...]

    def views(self) -> list[AlarmView | EscalationView]:
        """All views it carries."""
        return [*self.alarms, *(report.view for report in self.reports)]


class Board(msgspec.Struct):
    """The state of the feed."""

    views: Views
    places: dict[int, Place]

    def take(self, partition: int, offset: int, head: bytes, decision: Decision) -> Happening | None:
        """Fold one decision; what there is to say about it."""
        changed = changes(self.views, partition, offset, decision)
        self.views.take(changed)
        place = self.places[partition]
        place.move(offset, head, decision)
        if not changed.alarms and not changed.reports:
            return None
        alarms, reports = tuple(changed.alarms.values()), tuple(changed.reports.values())
        command = decision.id if "/" not in decision.id else None
        return Happening(partition, offset, place.log_id, command or None, alarms, reports)

    def shown(self, sight: Sight, now: int) -> tuple[list[AlarmView], list[EscalationView]]:
        """Open alarms, and escalations that wait or are less than a day old."""
        alarms = [v for v in self.views.alarms.values() if v.state == "open" and sight.alarms.holds(v)]
        reports = [
            report.view
            for report in self.views.reports.values()
            if sight.escalations.holds(report)
            and (report.view.state == "sent" or report.view.escalated_at > now - RECENT_US)
        ]
        return alarms, reports

    def positions(self) -> tuple[PartitionPosition, ...]:
        """Of every partition."""
        return tuple(place.shown() for place in self.places.values())

    def snapshot(self, sight: Sight, reading: Reading, now: int) -> Snapshot:
        """The first frame."""
        alarms, escalations = self.shown(sight, now)
        return Snapshot(
            alarms=tuple(reading.show(view, notes=sight.notes) for view in alarms),
            escalations=tuple(reading.show(view, notes=sight.notes) for view in escalations),
            positions=self.positions(),
            at=now,
        )

    def beat(self, now: int, behind_us: int) -> Beat:
        """The frame of every second. `behind_us`: how long the oldest undecided record has waited."""
        newest = max((place.last_signal_at or 0 for place in self.places.values()), default=0)
        return Beat(
            at=now, behind_ms=behind_us // 1000, last_signal_at=newest or None, positions=self.positions()
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

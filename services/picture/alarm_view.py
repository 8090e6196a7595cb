"""What a decision changes on the screens: (views, place, decision) -> changed views. Projector and feed share it.

A view holds no names (they are joined when it is read) and no free text in clear: a note is kept as
`sealed_text`, which `Reading.show` opens for those who may read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast, get_args

import msgspec
from msgspec.structs import replace
from typing_extensions import TypeIs

from services.contracts import alarm as a
from services.contracts import police_track as pt
from services.contracts.suggestion import ReportSuggested
from services.contracts.views import OCCURRENCES_SHOWN, AlarmView, OccurrenceView, SuggestionView, Tracks
from services.law.gates import guard_due
from services.picture.escalation_view import Progress, Report, adopted_report, escalated, progressed, verified
from services.picture.guard_view import Guarded, guarded
from services.picture.notes import sealed_notes, sealed_of, sealed_text

if TYPE_CHECKING:
    from services.contracts.envelope import Decision, Event

__all__ = ["Changed", "Report", "Views", "changes", "sealed_notes", "sealed_of", "sealed_text"]


class Views(msgspec.Struct):
    """Everything not yet archived, by id."""

    alarms: dict[str, AlarmView] = {}
    reports: dict[str, Report] = {}

    def take(self, changed: Changed) -> None:
        """Keep what changed, forget what was archived."""
        for alarm in changed.alarms.values():
            self.alarms[alarm.id] = alarm
        for report in changed.reports.values():
            self.reports[report.view.id] = report
        for alarm_id in changed.archived:
            gone = self.alarms.pop(alarm_id, None)
            if gone is not None and gone.escalation is not None:
                self.reports.pop(gone.escalation, None)


class Changed(msgspec.Struct):
    """What one decision changed, as whole new views by id; `archived`: alarms to forget."""

    alarms: dict[str, AlarmView] = {}
    reports: dict[str, Report] = {}
    archived: list[str] = []


class At(msgspec.Struct, frozen=True, gc=False):
    """Where and when a decision lies: partition, offset, partition time in UTC microseconds."""

    partition: int
    offset: int
    time: int


Later: TypeAlias = (
    a.AlarmOccurred
    | a.AlarmRestored
    | a.AlarmAdopted
    | a.ClaimFellDue
    | a.AlarmClaimed
    | a.AlarmReleased
    | a.AlarmHandedOver
    | a.AlarmTakenOver
    | a.AlarmNoted
    | a.AlarmVerified
    | a.AlarmEscalated
    | a.AlarmClosed
    | a.AlarmResumed
    | ReportSuggested
    | Guarded
    | Progress
)
Fields: TypeAlias = dict[str, Any]
_PROGRESS = frozenset(get_args(Progress))
_SHARED = ("occurrences", "guards")  # what a report goes on telling of its alarm
Change: TypeAlias = Callable[[AlarmView, Any, int], Fields]  # (view, event, time) -> what is new of the view


def changes(views: Views, partition: int, offset: int, decision: Decision) -> Changed:
    """What this counting decision changes. `views` is only read."""
    return changes_by(views, At(partition, offset, decision.time), decision.events)


def changes_by(views: Views, at: At, events: Iterable[Event]) -> Changed:
    """The same of some events of a decision."""
    changed = Changed()
    for event in events:
        if (change := CHANGES.get(type(event))) is not None:
            _later(views, changed, cast("Later", event), at, change)
        elif isinstance(event, a.AlarmRaised):
            changed.alarms[event.alarm] = _raised(event, at)
        elif isinstance(event, a.AlarmArchived):
            changed.archived.append(event.alarm)
        # signals, the directory, clocks and the genesis show no alarm
    return changed


def _later(views: Views, changed: Changed, event: Later, at: At, change: Change) -> None:
    before = changed.alarms.get(event.alarm) or views.alarms.get(event.alarm)
    if before is None:
        return  # archived: the state of the router has forgotten it too
    report = _report_of(before, views, changed)
    fields = change(before, event, at.time)
    told = _told(report, before, event, fields, at.time)
    if told is not None and told is not report:
        changed.reports[told.view.id] = told
        if told.view.state != before.tracks.escalation:
            fields["tracks"] = replace(fields.get("tracks", before.tracks), escalation=told.view.state)
    changed.alarms[before.id] = replace(before, partition=at.partition, offset=at.offset, **fields)


def _report_of(alarm: AlarmView, views: Views, changed: Changed) -> Report | None:
    if alarm.escalation is None:
        return None
    return changed.reports.get(alarm.escalation) or views.reports.get(alarm.escalation)


def _told(report: Report | None, before: AlarmView, event: Later, fields: Fields, time: int) -> Report | None:
    """What the police are shown after `event`, which gave the alarm these `fields`."""
    if isinstance(event, a.AlarmEscalated):
        return Report(escalated(before, event, time), before.provider)
    if report is None:
        return None
    if _is_progress(event):
        return Report(progressed(report.view, event, time), report.provider)
    if isinstance(event, a.AlarmAdopted):
        return adopted_report(report, event)
    if shared := {name: fields[name] for name in _SHARED if name in fields}:
        return Report(replace(report.view, **shared), report.provider)
    return report


def _is_progress(event: Later) -> TypeIs[Progress]:
    """Of every later event of a reported alarm: `isinstance` would ask eleven classes."""
    return type(event) in _PROGRESS


def _claim_fell_due(_: AlarmView, __: a.ClaimFellDue, ___: int) -> Fields:
    return {"claim_overdue": True}


def _released(_: AlarmView, event: a.AlarmReleased, __: int) -> Fields:
    return {"claimed_by": None, "claimed_at": None, "claim_due": event.claim_due, "claim_overdue": False}


def _handed_over(_: AlarmView, event: a.AlarmHandedOver, time: int) -> Fields:
    return {"claimed_by": event.to, "claimed_at": time}


def _claimed(_: AlarmView, event: a.AlarmClaimed | a.AlarmTakenOver, time: int) -> Fields:
    return {"claimed_by": event.by.id, "claimed_at": time}


def _noted(view: AlarmView, _: a.AlarmNoted, __: int) -> Fields:
    return {"note_count": view.note_count + 1}


def _verified(view: AlarmView, event: a.AlarmVerified, time: int) -> Fields:
    return {
        "verification": verified(event, time),
        "tracks": replace(view.tracks, verification=event.result),
    }


def _escalated(_: AlarmView, event: a.AlarmEscalated, time: int) -> Fields:
    return {"escalation": event.escalation, "escalated_at": time, "escalation_mark": event.mark}


def _closed(_: AlarmView, event: a.AlarmClosed, time: int) -> Fields:
    return {"state": "closed", "closed_by": event.by.id, "closed_at": time}


def _resumed(_: AlarmView, __: a.AlarmResumed, time: int) -> Fields:
    return {"resumed_at": time}


def _occurred(view: AlarmView, event: a.AlarmOccurred, _: int) -> Fields:
    return {
        "priority": event.priority,
        "suggests": event.suggests or view.suggests,
        "possibly_repeated": view.possibly_repeated or event.possibly_repeated,
        "occurrences": _with(view.occurrences, _occurrence(event)),
        "occurrence_count": view.occurrence_count + 1,
    }


def _restored(view: AlarmView, event: a.AlarmRestored, _: int) -> Fields:
    return {"occurrences": _over(view.occurrences, event)}


def _adopted(_: AlarmView, event: a.AlarmAdopted, __: int) -> Fields:
    return {
        "site": event.site,
        "site_known": True,
        "site_class": event.site_class,
        "division": event.division,
        "bureau": event.bureau,
        "provider": event.provider,
        "filing": event.filing,
        "registry_position": event.registry_position,
    }


def _suggested(view: AlarmView, event: ReportSuggested, time: int) -> Fields:
    newest = SuggestionView(
        rule=event.rule, pack=event.pack, article=event.article, at=time, inputs=event.inputs
    )
    return {
        "priority": event.priority,
        "suggests": event.rule,
        "suggestions": (*view.suggestions, newest),
    }


def _guarded(view: AlarmView, event: Guarded, time: int) -> Fields:
    guards = guarded(view.guards, event, time)
    return {"guards": guards, "tracks": replace(view.tracks, guard=guards[-1].stage)}


def _numbered(view: AlarmView, event: a.EscalationSignedFor | pt.ReportedByPhone, _: int) -> Fields:
    return {"police_incident_no": event.police_incident_no or view.police_incident_no}


def _only_moved(_: AlarmView, __: Later, ___: int) -> Fields:
    """How far the police are stands in their report, and from there on the track."""
    return {}


def _occurrence(event: a.AlarmRaised | a.AlarmOccurred) -> OccurrenceView:
    return OccurrenceView(
        code=event.code,
        class_=event.class_,
        area=event.area,
        zone=event.zone,
        received_at=event.received_at,
        panel_time=event.panel_time,
    )


def _with(shown: tuple[OccurrenceView, ...], newest: OccurrenceView) -> tuple[OccurrenceView, ...]:
    """The first and the newest; the record has all."""
    if len(shown) < OCCURRENCES_SHOWN:
        return (*shown, newest)
    return (shown[0], *shown[2:], newest)


def _over(shown: tuple[OccurrenceView, ...], event: a.AlarmRestored) -> tuple[OccurrenceView, ...]:
    """A restore of SIA DC-03 has a code of its own: then the place tells which signals are over."""
    here = [one for one in shown if (one.area, one.zone) == (event.area, event.zone)]
    over = [one for one in here if one.code == event.code] or here
    return tuple(
        replace(one, restored_at=event.received_at) if one in over and one.restored_at is None else one
        for one in shown
    )


def _raised(event: a.AlarmRaised, at: At) -> AlarmView:
    return AlarmView(
        id=event.alarm,
        number=event.number,
        partition=at.partition,
        offset=at.offset,
        state="open",
        account=event.account,
        account_space=event.account_space,
        site=event.subject,
        site_known=event.site_known,
        site_class=event.site_class,
        division=event.division,
        bureau=event.bureau,
        provider=event.provider,
        filing=event.filing,
        registry_position=event.registry_position,
        alarm_group=event.alarm_group,
        code=event.code,
        area=event.area,
        zone=event.zone,
        class_=event.class_,
        priority=event.priority,
        raised_at=at.time,
        received_at=event.received_at,
        panel_time=event.panel_time,
        possibly_repeated=event.possibly_repeated,
        occurrences=(_occurrence(event),),
        claim_due=event.claim_due,
        guard_due=guard_due(event.class_, at.time),
        tracks=Tracks(),
    )


# A table, not a `match`: a class pattern that fails costs as much as the change itself. That every event of
# `Later` stands here is held by a unit test.
CHANGES: Final[Mapping[type, Change]] = {
    **dict.fromkeys(get_args(Progress), _only_moved),
    **dict.fromkeys(get_args(Guarded), _guarded),
    ReportSuggested: _suggested,
    a.AlarmOccurred: _occurred,
    a.AlarmRestored: _restored,
    a.AlarmAdopted: _adopted,
    a.ClaimFellDue: _claim_fell_due,
    a.AlarmClaimed: _claimed,
    a.AlarmReleased: _released,
    a.AlarmHandedOver: _handed_over,
    a.AlarmTakenOver: _claimed,
    a.AlarmNoted: _noted,
    a.AlarmVerified: _verified,
    a.AlarmEscalated: _escalated,
    a.AlarmClosed: _closed,
    a.AlarmResumed: _resumed,
    a.EscalationSignedFor: _numbered,
    pt.ReportedByPhone: _numbered,
}

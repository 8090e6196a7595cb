"""What a decision changes on the screens: (views, place, decision) -> changed views. Projector and feed share it.

A view holds no names (they are joined when it is read) and no free text in clear: a note is kept as
`sealed_text`, which `Reading.show` opens for those who may read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

import msgspec
from msgspec.structs import replace

from services.contracts import alarm as a
from services.contracts.views import OCCURRENCES_SHOWN, AlarmView, OccurrenceView, Tracks
from services.picture.escalation_view import Progress, Report, adopted_report, escalated, progressed, verified
from services.picture.notes import sealed_notes, sealed_of, sealed_text

if TYPE_CHECKING:
    from services.contracts.envelope import Decision

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


Happened: TypeAlias = a.AlarmOccurred | a.AlarmRestored | a.AlarmAdopted
Held: TypeAlias = a.ClaimFellDue | a.AlarmClaimed | a.AlarmReleased | a.AlarmHandedOver | a.AlarmTakenOver
Done: TypeAlias = a.AlarmNoted | a.AlarmVerified | a.AlarmEscalated | a.AlarmClosed
Later: TypeAlias = Happened | Held | Done | Progress


def changes(views: Views, partition: int, offset: int, decision: Decision) -> Changed:
    """What this counting decision changes. `views` is only read."""
    at = At(partition, offset, decision.time)
    changed = Changed()
    for event in decision.events:
        if isinstance(event, a.SignalRecorded):
            continue  # by far the most of them; asked first, since the last question is the dearest
        if isinstance(event, a.AlarmRaised):
            changed.alarms[event.alarm] = _raised(event, at)
        elif isinstance(event, a.AlarmArchived):
            changed.archived.append(event.alarm)
        elif isinstance(event, Later):
            _later(views, changed, event, at)
        # the directory, clocks and the genesis show no alarm
    return changed


def _later(views: Views, changed: Changed, event: Later, at: At) -> None:
    before = changed.alarms.get(event.alarm) or views.alarms.get(event.alarm)
    if before is None:
        return  # archived: the state of the router has forgotten it too
    report = _report_of(before, views, changed)
    alarm = _evolve(before, event, at)
    told = _told(report, alarm, event, at.time)
    if told is not None and told is not report:
        changed.reports[told.view.id] = told
        alarm = replace(alarm, tracks=replace(alarm.tracks, escalation=told.view.state))
    changed.alarms[alarm.id] = alarm


def _report_of(alarm: AlarmView, views: Views, changed: Changed) -> Report | None:
    if alarm.escalation is None:
        return None
    return changed.reports.get(alarm.escalation) or views.reports.get(alarm.escalation)


def _told(report: Report | None, alarm: AlarmView, event: Later, time: int) -> Report | None:
    """What the police are shown after `event`."""
    if isinstance(event, a.AlarmEscalated):
        return Report(escalated(alarm, event, time), alarm.provider)
    if report is None:
        return None
    if isinstance(event, Progress):
        return Report(progressed(report.view, event, time), report.provider)
    if isinstance(event, a.AlarmAdopted):
        return adopted_report(report, event)
    if isinstance(event, (a.AlarmOccurred, a.AlarmRestored)):
        return Report(replace(report.view, occurrences=alarm.occurrences), report.provider)
    return report


def _evolve(view: AlarmView, event: Later, at: At) -> AlarmView:
    """The alarm after `event`; how far the police are stands in `_later`."""
    view = replace(view, partition=at.partition, offset=at.offset)
    if isinstance(event, Happened):
        return _happened(view, event)
    if isinstance(event, Held):
        return _held(view, event, at.time)
    if isinstance(event, Done):
        return _done(view, event, at.time)
    if isinstance(event, a.EscalationSignedFor):
        return replace(view, police_incident_no=event.police_incident_no)
    return view


def _held(view: AlarmView, event: Held, time: int) -> AlarmView:
    """In whose hands it is."""
    match event:
        case a.ClaimFellDue():
            return replace(view, claim_overdue=True)
        case a.AlarmReleased():
            free: dict[str, None] = {"claimed_by": None, "claimed_at": None}
            return replace(view, **free, claim_due=event.claim_due, claim_overdue=False)
        case a.AlarmHandedOver():
            return replace(view, claimed_by=event.to, claimed_at=time)
        case a.AlarmClaimed() | a.AlarmTakenOver():
            return replace(view, claimed_by=event.by.id, claimed_at=time)
        case _:
            assert_never(event)


def _done(view: AlarmView, event: Done, time: int) -> AlarmView:
    """What its people did."""
    match event:
        case a.AlarmNoted():
            return replace(view, note_count=view.note_count + 1)
        case a.AlarmVerified():
            tracks = replace(view.tracks, verification=event.result)
            return replace(view, verification=verified(event, time), tracks=tracks)
        case a.AlarmEscalated():
            return replace(view, escalation=event.escalation, escalated_at=time)
        case a.AlarmClosed():
            return replace(view, state="closed", closed_by=event.by.id, closed_at=time)
        case _:
            assert_never(event)


def _happened(view: AlarmView, event: Happened) -> AlarmView:
    """What came from the site, or became known of it."""
    match event:
        case a.AlarmOccurred():
            return replace(
                view,
                priority=event.priority,
                suggests=event.suggests or view.suggests,
                possibly_repeated=view.possibly_repeated or event.possibly_repeated,
                occurrences=_with(view.occurrences, _occurrence(event)),
                occurrence_count=view.occurrence_count + 1,
            )
        case a.AlarmRestored():
            return replace(view, occurrences=_restored(view.occurrences, event))
        case a.AlarmAdopted():
            return _adopted(view, event)
        case _:
            assert_never(event)


def _adopted(view: AlarmView, event: a.AlarmAdopted) -> AlarmView:
    return replace(
        view,
        site=event.site,
        site_known=True,
        site_class=event.site_class,
        division=event.division,
        bureau=event.bureau,
        provider=event.provider,
        filing=event.filing,
        registry_position=event.registry_position,
    )


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


def _restored(shown: tuple[OccurrenceView, ...], event: a.AlarmRestored) -> tuple[OccurrenceView, ...]:
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
        tracks=Tracks(),
    )

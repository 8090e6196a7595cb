"""What a decision changes on the screens: (views, place, decision) -> changed views. Projector and feed share it.

A view holds no names (they are joined when it is read) and no free text in clear: a note is kept as
`sealed_text`, which `in_clear` opens for those who may read it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from services.contracts import alarm as a
from services.contracts.stored import Sealed
from services.contracts.views import AlarmView, EscalationView, EvidenceView, Tracks, VerificationView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.contracts.envelope import Decision


class Report(msgspec.Struct, frozen=True, gc=False):
    """An escalation and whose site it is about. The provider is for visibility and never shown."""

    view: EscalationView
    provider: str | None

    @property
    def bureau(self) -> str | None:
        """Who is told."""
        return self.view.bureau


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


LATER: TypeAlias = (
    a.ClaimFellDue
    | a.AlarmClaimed
    | a.AlarmVerified
    | a.AlarmEscalated
    | a.EscalationSignedFor
    | a.AlarmClosed
)


def changes(views: Views, partition: int, offset: int, decision: Decision) -> Changed:
    """What this counting decision changes. `views` is only read."""
    at = At(partition, offset, decision.time)
    changed = Changed()
    for event in decision.events:
        match event:
            case a.AlarmRaised():
                changed.alarms[event.alarm] = _raised(event, at)
            case a.AlarmArchived():
                changed.archived.append(event.alarm)
            case (
                a.ClaimFellDue()
                | a.AlarmClaimed()
                | a.AlarmVerified()
                | a.AlarmEscalated()
                | a.EscalationSignedFor()
                | a.AlarmClosed()
            ):
                _later(views, changed, event, at)
            case _:
                pass  # signals that were logged, the directory and the genesis show no alarm
    return changed


def _later(views: Views, changed: Changed, event: LATER, at: At) -> None:
    before = changed.alarms.get(event.alarm) or views.alarms.get(event.alarm)
    if before is None:
        return  # archived: the state of the router has forgotten it too
    after = _evolve(before, event, at)
    changed.alarms[after.id] = after
    if isinstance(event, a.AlarmEscalated):
        changed.reports[event.escalation] = Report(_escalated(after, event, at), after.provider)
    if isinstance(event, a.EscalationSignedFor):
        report = changed.reports.get(event.escalation) or views.reports.get(event.escalation)
        if report is not None:
            changed.reports[event.escalation] = Report(_signed_for(report.view, event, at), report.provider)


def _evolve(view: AlarmView, event: LATER, at: At) -> AlarmView:
    view = msgspec.structs.replace(view, partition=at.partition, offset=at.offset)
    change = msgspec.structs.replace
    match event:
        case a.ClaimFellDue():
            return change(view, claim_overdue=True)
        case a.AlarmClaimed():
            return change(view, claimed_by=event.by.id, claimed_at=at.time)
        case a.AlarmVerified():
            tracks = change(view.tracks, verification=event.result)
            return change(view, verification=_verification(event, at), tracks=tracks)
        case a.AlarmEscalated():
            tracks = change(view.tracks, escalation="sent")
            return change(view, escalation=event.escalation, escalated_at=at.time, tracks=tracks)
        case a.EscalationSignedFor():
            tracks = change(view.tracks, escalation="signed_for")
            return change(view, police_incident_no=event.police_incident_no, tracks=tracks)
        case a.AlarmClosed():
            return change(view, state="closed", closed_by=event.by.id, closed_at=at.time)


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
        code=event.code,
        area=event.area,
        zone=event.zone,
        class_=event.class_,
        priority=event.priority,
        raised_at=at.time,
        received_at=event.received_at,
        panel_time=event.panel_time,
        possibly_repeated=event.possibly_repeated,
        claim_due=event.claim_due,
        tracks=Tracks(),
    )


def _verification(event: a.AlarmVerified, at: At) -> VerificationView:
    evidence = tuple(EvidenceView(kind=e.kind, note=sealed_text(e.note)) for e in event.evidence)
    return VerificationView(result=event.result, by=event.by.id, at=at.time, evidence=evidence)


def _escalated(alarm: AlarmView, event: a.AlarmEscalated, at: At) -> EscalationView:
    return EscalationView(
        id=event.escalation,
        alarm=alarm.id,
        number=alarm.number,
        bureau=event.bureau,
        account=alarm.account,
        site=alarm.site,
        site_name="",
        code=alarm.code,
        class_=alarm.class_,
        zone=alarm.zone,
        division=alarm.division,
        escalated_at=at.time,
        escalated_by=event.by.id,
        received_at=alarm.received_at,
        verification=alarm.verification,
        rule=event.rule,
    )


def _signed_for(view: EscalationView, event: a.EscalationSignedFor, at: At) -> EscalationView:
    return msgspec.structs.replace(
        view,
        state="signed_for",
        signed_for_at=at.time,
        signed_for_by=event.by.id,
        police_incident_no=event.police_incident_no,
    )


def sealed_text(sealed: Sealed | None) -> str:
    """A sealed note as text: the key's name, a full stop, the box in base 64."""
    return "" if sealed is None else f"{sealed.key}.{b64encode(sealed.box).decode()}"


def sealed_of(text: str) -> Sealed:
    """The other way."""
    key, _, box = text.partition(".")
    return Sealed(key=key, box=b64decode(box))


def sealed_notes(view: AlarmView | EscalationView) -> tuple[str, ...]:
    """The notes of a stored view that somebody wrote."""
    evidence = () if view.verification is None else view.verification.evidence
    return tuple(item.note for item in evidence if item.note)


def with_notes(view: VerificationView | None, opened: Mapping[str, str]) -> VerificationView | None:
    """The verification with each sealed text replaced by what it says; what cannot be opened is empty."""
    if view is None:
        return None
    evidence = tuple(msgspec.structs.replace(e, note=opened.get(e.note, "")) for e in view.evidence)
    return msgspec.structs.replace(view, evidence=evidence)

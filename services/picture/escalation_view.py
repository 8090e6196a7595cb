"""What the police are shown: one report, from its sending to the final feedback.

Nothing about filings, penalties or the provider's clocks is ever taken over from the alarm (law-matrix, guard
rails); a contract test walks the fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never, get_args

import msgspec
from msgspec.structs import replace

from services.contracts import alarm as a
from services.contracts import police_track as pt
from services.contracts.views import (
    AdditionView,
    EscalationState,
    EscalationView,
    EvidenceView,
    FeedbackView,
    VerificationView,
)
from services.picture.notes import sealed_text

if TYPE_CHECKING:
    from services.contracts.views import AlarmView

UNDELIVERED_AT = 3  # the sending at which a supervisor is told that nobody answers
Progress: TypeAlias = (
    a.EscalationDelivered
    | a.EscalationAskedAgain
    | a.EscalationSignedFor
    | a.PoliceDispatched
    | a.PoliceOnScene
    | a.FeedbackGiven
    | pt.PoliceTrackEvent
)
_ORDER: tuple[EscalationState, ...] = get_args(EscalationState)


class Report(msgspec.Struct, frozen=True, gc=False):
    """An escalation and whose site it is about. The provider is for visibility and never shown."""

    view: EscalationView
    provider: str | None

    @property
    def bureau(self) -> str | None:
        """Who is told."""
        return self.view.bureau


def escalated(alarm: AlarmView, event: a.AlarmEscalated, time: int) -> EscalationView:
    """The report as it is sent. `time`: of the decision, UTC microseconds."""
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
        escalated_at=time,
        escalated_by=event.by.id,
        received_at=alarm.received_at,
        verification=alarm.verification,
        rule=event.rule,
        mark=event.mark,
        possibly_repeated=msgspec.UNSET if alarm.resumed_at is msgspec.UNSET else True,
        occurrences=alarm.occurrences,
        guards=alarm.guards,
    )


def adopted_report(report: Report, event: a.AlarmAdopted) -> Report:
    """The site is known now. Who was told stays: what was shown to every bureau may be in anybody's hands by now."""
    return Report(replace(report.view, site=event.site, division=event.division), event.provider)


def progressed(view: EscalationView, event: Progress, time: int) -> EscalationView:
    """The report after `event`. Stages may be skipped or told late; its state never goes back."""
    match event:
        case a.EscalationDelivered():
            return _delivered(view, event, time)
        case a.EscalationAskedAgain():
            sent = event.attempt - view.sent_from + 1
            state = "undelivered" if sent >= UNDELIVERED_AT else view.state
            return _at_least(replace(view, attempt=event.attempt), state)
        case a.EscalationSignedFor():
            number = event.police_incident_no or view.police_incident_no
            signed = replace(view, signed_for_at=time, signed_for_by=event.by.id, police_incident_no=number)
            return _at_least(signed, "signed_for")
        case a.PoliceDispatched():
            return _at_least(replace(view, dispatched_at=time, unit=event.unit), "dispatched")
        case a.PoliceOnScene():
            return _at_least(replace(view, on_scene_at=time), "on_scene")
        case a.FeedbackGiven():
            answered = replace(view, feedback=(*view.feedback, _feedback(event, time)))
            return _at_least(answered, "final" if event.final else "feedback")
        case _:
            return _on_the_track(view, event, time)


def _on_the_track(view: EscalationView, event: pt.PoliceTrackEvent, time: int) -> EscalationView:
    match event:
        case pt.EscalationReturned():
            return _returned(view, event, time)
        case pt.EscalationTransferred():
            return _transferred(view, event, time)
        case pt.DuplicateNamed():
            return _at_least(replace(view, duplicate_of=event.duplicate_of), "duplicate_of")
        case pt.EscalationSupplemented():
            added = AdditionView(
                id=event.addition, kind=event.kind, at=time, by=event.by.id, text=sealed_text(event.text)
            )
            return replace(view, additions=(*view.additions, added), attempt=event.attempt)
        case pt.ReportedByPhone():
            return _phoned(view, event)
        case _:
            assert_never(event)


def verified(event: a.AlarmVerified, time: int) -> VerificationView:
    """A verification; its notes stay sealed."""
    evidence = tuple(
        EvidenceView(kind=one.kind, note=sealed_text(one.note), found=one.found) for one in event.evidence
    )
    return VerificationView(result=event.result, by=event.by.id, at=time, evidence=evidence)


def _delivered(view: EscalationView, event: a.EscalationDelivered, time: int) -> EscalationView:
    """What is known of a sending; of one to the bureau before this one nothing is shown."""
    if event.attempt < view.sent_from:
        return view
    known = replace(view, unsure=event.outcome == "unknown", delivery_detail=event.detail)
    if event.outcome == "unknown":
        return known
    if event.outcome == "refused":
        return _at_least(known, "undelivered")
    first = time if view.delivered_at is None else view.delivered_at
    return _at_least(replace(known, delivered_at=first, status_asked=event.asked), "delivered")


def _returned(view: EscalationView, event: pt.EscalationReturned, time: int) -> EscalationView:
    """Whoever had signed for it has it no more."""
    return replace(
        view,
        state="returned",
        returned_at=time,
        returned_reason=event.reason,
        returned_text=sealed_text(event.text),
        signed_for_at=None,
        signed_for_by=None,
        dispatched_at=None,
        unit="",
        on_scene_at=None,
    )


def _transferred(view: EscalationView, event: pt.EscalationTransferred, time: int) -> EscalationView:
    """The other bureau begins anew."""
    return replace(
        view,
        state="transferred",
        bureau=event.to,
        attempt=event.attempt,
        sent_from=event.attempt,
        transferred_at=time,
        transferred_from=event.bureau,
        unsure=False,
        delivered_at=None,
        delivery_detail="",
        signed_for_at=None,
        signed_for_by=None,
        dispatched_at=None,
        unit="",
        on_scene_at=None,
        returned_at=None,
        phoned_at=None,
        phoned_by=None,
    )


def _phoned(view: EscalationView, event: pt.ReportedByPhone) -> EscalationView:
    """Known from a person. A number that was given stays where the police gave none over the link."""
    told = replace(
        view,
        phoned_at=event.spoken_at,
        phoned_by=event.by.id,
        phone_told=sealed_text(event.told),
        unsure=False,
        police_incident_no=view.police_incident_no or event.police_incident_no,
    )
    return _at_least(told, "reported_by_phone")


def _feedback(event: a.FeedbackGiven, time: int) -> FeedbackView:
    return FeedbackView(
        at=time,
        by=event.by.id,
        text=sealed_text(event.text),
        disposition=event.disposition,
        final=event.final,
    )


def _at_least(view: EscalationView, state: EscalationState) -> EscalationView:
    return replace(view, state=max(view.state, state, key=_ORDER.index))

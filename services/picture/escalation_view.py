"""What the police are shown: one report, from its sending to the final feedback.

Nothing about filings, penalties or the provider's clocks is ever taken over from the alarm (law-matrix, guard
rails); a contract test walks the fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

import msgspec
from msgspec.structs import replace

from services.contracts import alarm as a
from services.contracts.views import (
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
)
_ORDER: tuple[EscalationState, ...] = (
    "sent", "undelivered", "delivered", "signed_for", "dispatched", "on_scene", "feedback", "final"
)  # fmt: skip


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
            state = "undelivered" if event.attempt >= UNDELIVERED_AT else view.state
            return _at_least(replace(view, attempt=event.attempt), state)
        case a.EscalationSignedFor():
            number = event.police_incident_no
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
            assert_never(event)


def verified(event: a.AlarmVerified, time: int) -> VerificationView:
    """A verification; its notes stay sealed."""
    evidence = tuple(
        EvidenceView(kind=one.kind, note=sealed_text(one.note), found=one.found) for one in event.evidence
    )
    return VerificationView(result=event.result, by=event.by.id, at=time, evidence=evidence)


def _delivered(view: EscalationView, event: a.EscalationDelivered, time: int) -> EscalationView:
    if event.outcome == "refused":
        return _at_least(replace(view, delivery_detail=event.detail), "undelivered")
    first = time if view.delivered_at is None else view.delivered_at
    return _at_least(replace(view, delivered_at=first, delivery_detail=event.detail), "delivered")


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

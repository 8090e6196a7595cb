"""What a report looks like when it does not go the straight way."""

from __future__ import annotations

from typing import Any

from services.contracts import alarm as a
from services.contracts import police_track as pt
from services.contracts.envelope import Event
from services.contracts.reports import DeliveryOutcome
from services.contracts.stored import Actor
from services.contracts.views import EscalationView
from services.picture.alarm_view import sealed_text
from services.picture.names import Reading
from services.picture.notes import sealed_notes
from tests.unit.picture.test_alarm_view import ESCALATED, NOTE, VERIFIED, decision, given, raised

ZHANG = Actor(id="zhang", roles=("police",))
WHO: dict[str, Any] = {"alarm": "a1", "escalation": "e1", "by": ZHANG}
SIGNED = a.EscalationSignedFor(alarm="a1", escalation="e1", by=ZHANG, police_incident_no="JQ-1")


def told(attempt: int = 1, outcome: DeliveryOutcome = "delivered", **more: Any) -> a.EscalationDelivered:
    return a.EscalationDelivered(
        alarm="a1", escalation="e1", attempt=attempt, outcome=outcome, endpoint="x", **more
    )


def report(*events: Event) -> EscalationView:
    views = given(
        decision(raised()),
        decision(VERIFIED),
        decision(ESCALATED),
        *(decision(one, time=20) for one in events),
    )
    assert views.alarms["a1"].tracks.escalation == views.reports["e1"].view.state
    return views.reports["e1"].view


def test_a_returned_report_has_nobody_who_signed_for_it_until_somebody_does_again() -> None:
    returned = pt.EscalationReturned(**WHO, reason="unclear", text=NOTE)
    view = report(SIGNED, returned)
    assert (view.state, view.signed_for_by, view.returned_reason) == ("returned", None, "unclear")
    assert report(SIGNED, returned, SIGNED).state == "signed_for"


def test_a_transferred_report_begins_anew_and_a_late_receipt_of_the_first_bureau_shows_nothing() -> None:
    transferred = pt.EscalationTransferred(**WHO, bureau="b1", to="b2", attempt=2)
    view = report(told(), SIGNED, transferred)
    assert (view.state, view.bureau, view.transferred_from, view.delivered_at) == (
        "transferred",
        "b2",
        "b1",
        None,
    )
    assert report(transferred, told(1)).state == "transferred"
    assert report(transferred, told(2)).state == "delivered"


def test_nobody_knows_until_the_status_is_asked() -> None:
    unsure = report(told(outcome="unknown", detail="TimeoutError()"))
    assert (unsure.state, unsure.unsure, unsure.delivery_detail) == ("sent", True, "TimeoutError()")
    known = report(told(outcome="unknown"), told(attempt=2, asked=True))
    assert (known.state, known.unsure, known.status_asked) == ("delivered", False, True)


def test_what_was_told_by_telephone_is_known_with_its_number() -> None:
    phoned = pt.ReportedByPhone(**WHO, told=NOTE, spoken_at=17, police_incident_no="JQ-9")
    view = report(told(outcome="unknown"), phoned)
    assert (view.state, view.phoned_at, view.police_incident_no, view.unsure) == (
        "reported_by_phone",
        17,
        "JQ-9",
        False,
    )


def test_additions_and_words_are_opened_for_those_who_may_read_them() -> None:
    added = pt.EscalationSupplemented(
        **WHO,
        bureau="b1",
        addition="u1",
        kind="stand_down_request",
        text=NOTE,
        attempt=2,
    )
    phoned = pt.ReportedByPhone(**WHO, told=NOTE, spoken_at=17)
    view = report(added, phoned)
    assert sealed_text(NOTE) in sealed_notes(view)
    reading = Reading({}, {sealed_text(NOTE): "户主已到场"})
    opened, closed = reading.show(view, notes=True), reading.show(view, notes=False)
    assert (opened.additions[0].text, opened.phone_told) == ("户主已到场", "户主已到场")
    assert (closed.additions[0].text, closed.phone_told) == ("", "")


def test_a_duplicate_is_shown_with_the_number_it_goes_on_under() -> None:
    named = pt.DuplicateNamed(**WHO, duplicate_of="JQ-3")
    assert (report(SIGNED, named).state, report(SIGNED, named).duplicate_of) == ("duplicate_of", "JQ-3")

"""What decisions do to views."""

from __future__ import annotations

from typing import Any

import msgspec

from services.contracts import alarm as a
from services.contracts.commands import Evidence
from services.contracts.directory import Filing
from services.contracts.envelope import Accepted, Decision, Event, Refused, Source
from services.contracts.stored import Actor, Sealed
from services.contracts.views import EscalationView
from services.picture.alarm_view import Views, changes, sealed_of, sealed_text
from services.picture.names import Reading, SiteName

WHO = Actor(id="li", roles=("operator",))
NOTE = Sealed(key="k", box=b"\x00\xff box")


def raised(alarm: str = "a1", **change: Any) -> a.AlarmRaised:
    values: dict[str, Any] = {
        "alarm": alarm,
        "number": "N1",
        "subject": "site",
        "site_known": True,
        "account_space": "default",
        "account": "1001",
        "class_": "burglary",
        "priority": 2,
        "code": "130",
        "received_at": 5,
        "claim_due": 9,
        "provider": "p1",
        "bureau": "b1",
        "filing": Filing(authority="x", state="filed"),
    }
    return a.AlarmRaised(**{**values, **change})


def decision(*events: Event, time: int = 10, answer: Any = None) -> Decision:
    source = Source(offset=1, hash=b"\0" * 16)
    return Decision(
        lies_at=0,
        prev=b"\0" * 16,
        time=time,
        code="t",
        subject="site",
        source=source,
        id="c",
        answer=answer or Accepted(),
        events=events,
    )


def given(*decisions: Decision) -> Views:
    views = Views()
    for offset, one in enumerate(decisions):
        views.take(changes(views, 3, offset, one))
    return views


VERIFIED = a.AlarmVerified(
    alarm="a1",
    by=WHO,
    result="confirmed",
    evidence=(Evidence(kind="video", note=NOTE), Evidence(kind="call")),
)
ESCALATED = a.AlarmEscalated(alarm="a1", escalation="e1", bureau="b1", by=WHO)


def test_a_raised_alarm_is_open_and_names_where_it_lies() -> None:
    view = given(decision(raised(), time=77)).alarms["a1"]
    assert (view.state, view.partition, view.offset, view.raised_at, view.site) == ("open", 3, 0, 77, "site")


def test_a_refusal_changes_nothing() -> None:
    assert changes(given(decision(raised())), 3, 1, decision(answer=Refused(reason="x"))).alarms == {}


def test_an_alarm_raised_and_overdue_in_one_decision_is_both() -> None:
    assert given(decision(raised(), a.ClaimFellDue(alarm="a1"))).alarms["a1"].claim_overdue


def test_the_newest_claim_holds() -> None:
    other = Actor(id="wang", roles=("shift_supervisor",))
    views = given(
        decision(raised()),
        decision(a.AlarmClaimed(alarm="a1", by=WHO), time=20),
        decision(a.AlarmClaimed(alarm="a1", by=other), time=30),
    )
    view = views.alarms["a1"]
    assert (view.claimed_by, view.claimed_at, view.offset) == ("wang", 30, 2)


def test_an_escalation_carries_its_verification_and_never_a_filing() -> None:
    views = given(decision(raised()), decision(VERIFIED), decision(ESCALATED, time=40))
    report = views.reports["e1"]
    assert report.view.verification is not None
    assert report.view.verification.result == "confirmed"
    assert report.provider == "p1"
    assert "filing" not in EscalationView.__struct_fields__
    assert views.alarms["a1"].tracks.escalation == "sent"


def test_signing_for_shows_on_both_screens_even_after_the_alarm_was_closed() -> None:
    police = Actor(id="zhang", roles=("police",))
    views = given(
        decision(raised()),
        decision(VERIFIED),
        decision(ESCALATED),
        decision(a.AlarmClosed(alarm="a1", by=WHO, reason=NOTE)),
        decision(
            a.EscalationSignedFor(alarm="a1", escalation="e1", by=police, police_incident_no="110-7"), time=60
        ),
    )
    alarm, report = views.alarms["a1"], views.reports["e1"].view
    assert (alarm.state, alarm.tracks.escalation, alarm.police_incident_no) == (
        "closed",
        "signed_for",
        "110-7",
    )
    assert (report.state, report.signed_for_by, report.signed_for_at) == ("signed_for", "zhang", 60)


def test_an_archived_alarm_and_its_escalation_are_forgotten() -> None:
    views = given(decision(raised()), decision(ESCALATED), decision(a.AlarmArchived(alarm="a1")))
    assert (views.alarms, views.reports) == ({}, {})


def test_a_note_is_stored_sealed_and_shown_only_to_those_who_may_read_it() -> None:
    view = given(decision(raised()), decision(VERIFIED)).alarms["a1"]
    assert view.verification is not None
    text = view.verification.evidence[0].note
    assert sealed_of(text) == NOTE
    assert sealed_text(NOTE) == text
    reading = Reading({"site": SiteName("花园", 119.0, 26.0, "公司")}, {text: "两人"})
    for notes, shown in ((True, ["两人", ""]), (False, ["", ""])):
        seen = reading.show(view, notes=notes)
        assert seen.verification is not None
        assert [item.note for item in seen.verification.evidence] == shown
        assert seen.site_name == "花园"


def test_views_survive_being_stored() -> None:
    view = given(decision(raised()), decision(VERIFIED)).alarms["a1"]
    assert msgspec.json.decode(msgspec.json.encode(view), type=type(view)) == view

"""One happening on the screens: occurrences, restores, hands, the police track, adoption."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from services.contracts import alarm as a
from services.contracts.directory import Filing
from services.contracts.envelope import Event
from services.contracts.guard import GuardEvent
from services.contracts.stored import Actor
from services.contracts.suggestion import ReportSuggested
from services.contracts.views import OCCURRENCES_SHOWN, AlarmView, EscalationState, EscalationView
from services.picture.alarm_view import CHANGES, Later, Views
from services.picture.names import Reading, SiteName
from services.picture.notes import sealed_in, sealed_notes, sealed_text, told
from tests.unit.picture.test_alarm_view import ESCALATED, NOTE, VERIFIED, WHO, decision, given, raised

POLICE = Actor(id="zhang", roles=("police",), bureau="b1")
OTHER = Actor(id="wang", roles=("operator",))


def after(*events: Event) -> Views:
    return given(decision(raised()), *(decision(event, time=100 + at) for at, event in enumerate(events)))


def alarm(*events: Event) -> AlarmView:
    return after(*events).alarms["a1"]


def report(*events: Event) -> EscalationView:
    return after(VERIFIED, ESCALATED, *events).reports["e1"].view


def occurred(zone: str = "4", **change: Any) -> a.AlarmOccurred:
    values: dict[str, Any] = {"code": "130", "class_": "burglary", "received_at": 6, "priority": 2}
    return a.AlarmOccurred(alarm="a1", zone=zone, **{**values, **change})


def restored(zone: str, code: str = "130") -> a.AlarmRestored:
    return a.AlarmRestored(alarm="a1", code=code, zone=zone, received_at=50)


def test_every_event_of_an_alarm_is_folded() -> None:
    events = {*get_args(a.AlarmEvent), *get_args(GuardEvent), ReportSuggested}
    assert {*get_args(Later), a.AlarmRaised, a.AlarmArchived} == events
    assert set(CHANGES) == set(get_args(Later))


def test_a_raised_alarm_is_its_own_first_occurrence_and_knows_its_group() -> None:
    view = given(decision(raised(alarm_group="g1", registry_position=7, zone="3"))).alarms["a1"]
    assert (view.alarm_group, view.registry_position, view.occurrence_count) == ("g1", 7, 1)
    assert [one.zone for one in view.occurrences] == ["3"]


def test_a_further_signal_raises_the_priority_and_suggests_a_rule_that_stays() -> None:
    view = alarm(occurred(priority=1, suggests="two_zones_or_principles"), occurred("5", priority=1))
    assert (view.priority, view.suggests, view.occurrence_count) == (1, "two_zones_or_principles", 3)
    assert [one.zone for one in view.occurrences] == ["", "4", "5"]


def test_of_many_occurrences_the_first_and_the_newest_are_shown_and_all_are_counted() -> None:
    view = alarm(*(occurred(str(zone)) for zone in range(1, 201)))
    zones = [one.zone for one in view.occurrences]
    assert (len(zones), zones[0], zones[-1]) == (OCCURRENCES_SHOWN, "", "200")
    assert view.occurrence_count == 201


def test_a_restore_ends_the_signals_of_its_place_and_no_other() -> None:
    view = alarm(occurred("4"), occurred("5"), restored("4"))
    assert [one.restored_at for one in view.occurrences] == [None, 50, None]


def test_a_restore_with_a_code_of_its_own_is_known_by_its_place() -> None:
    assert [one.restored_at for one in alarm(occurred("4"), restored("4", "BR")).occurrences] == [None, 50]


def test_a_second_restore_does_not_move_the_first() -> None:
    again = a.AlarmRestored(alarm="a1", code="130", zone="4", received_at=99)
    assert alarm(occurred("4"), restored("4"), again).occurrences[1].restored_at == 50


def test_a_released_alarm_is_nobodys_and_gets_a_new_clock() -> None:
    claimed = a.AlarmClaimed(alarm="a1", by=WHO)
    view = alarm(a.ClaimFellDue(alarm="a1"), claimed, a.AlarmReleased(alarm="a1", by=WHO, claim_due=777))
    assert (view.claimed_by, view.claimed_at, view.claim_due, view.claim_overdue) == (None, None, 777, False)


def test_hands_change_by_hand_over_and_take_over() -> None:
    handed = a.AlarmHandedOver(alarm="a1", by=WHO, to="wang")
    taken = a.AlarmTakenOver(alarm="a1", by=OTHER, held_by="li", reason=NOTE)
    assert (alarm(handed).claimed_by, alarm(handed).claimed_at) == ("wang", 100)
    assert (alarm(handed, taken).claimed_by, alarm(handed, taken).claimed_at) == ("wang", 101)


def test_notes_are_counted_and_not_shown() -> None:
    view = alarm(a.AlarmNoted(alarm="a1", by=WHO, note=NOTE), a.AlarmNoted(alarm="a1", by=OTHER, note=NOTE))
    assert (view.note_count, sealed_notes(view)) == (2, ())


RECEIPT: dict[str, Any] = {"alarm": "a1", "escalation": "e1", "attempt": 1, "endpoint": "x"}
DELIVERED = a.EscalationDelivered(**RECEIPT, outcome="delivered", detail="taken")
REFUSED = a.EscalationDelivered(**RECEIPT, outcome="refused", detail="not ours")
SIGNED = a.EscalationSignedFor(alarm="a1", escalation="e1", by=POLICE, police_incident_no="110-7")
SENT = a.PoliceDispatched(alarm="a1", escalation="e1", by=POLICE, unit="2 组")
THERE = a.PoliceOnScene(alarm="a1", escalation="e1", by=POLICE)
FOUND = a.FeedbackGiven(alarm="a1", escalation="e1", by=POLICE, text=NOTE)
FINAL = a.FeedbackGiven(alarm="a1", escalation="e1", by=POLICE, text=NOTE, disposition="valid", final=True)


def asked(attempt: int) -> a.EscalationAskedAgain:
    return a.EscalationAskedAgain(alarm="a1", escalation="e1", bureau="b1", attempt=attempt)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "sent"),
        ([asked(2)], "sent"),
        ([asked(2), asked(3)], "undelivered"),
        ([asked(2), asked(3), DELIVERED], "delivered"),
        ([REFUSED], "undelivered"),
        ([DELIVERED, REFUSED], "delivered"),
        ([REFUSED, SIGNED], "signed_for"),
        ([SIGNED, DELIVERED], "signed_for"),
        ([SENT, SIGNED], "dispatched"),
        ([THERE, SENT], "on_scene"),
        ([SIGNED, FOUND, THERE], "feedback"),
        ([SIGNED, FOUND, FINAL], "final"),
    ],
)
def test_the_police_track_never_goes_back(events: list[Event], state: EscalationState) -> None:
    views = after(VERIFIED, ESCALATED, *events)
    assert views.reports["e1"].view.state == state
    assert views.alarms["a1"].tracks.escalation == state


def test_a_report_keeps_what_was_told_and_when() -> None:
    view = report(asked(2), DELIVERED, SIGNED, SENT, THERE, FOUND, FINAL)
    assert (view.attempt, view.delivered_at, view.delivery_detail) == (2, 103, "taken")
    assert (view.signed_for_at, view.signed_for_by, view.police_incident_no) == (104, "zhang", "110-7")
    assert (view.dispatched_at, view.unit, view.on_scene_at) == (105, "2 组", 106)
    assert [(one.at, one.disposition, one.final) for one in view.feedback] == [
        (107, None, False),
        (108, "valid", True),
    ]


def test_what_the_police_found_is_stored_sealed_and_shown_only_to_those_who_may_read_it() -> None:
    view = report(SIGNED, FOUND)
    assert view.feedback[0].text == sealed_text(NOTE)
    assert sealed_text(NOTE) in sealed_notes(view)
    reading = Reading({}, {sealed_text(NOTE): "门被撬"})
    assert reading.show(view, notes=True).feedback[0].text == "门被撬"
    assert reading.show(view, notes=False).feedback[0].text == ""


def test_the_police_see_further_signals_and_restores_of_what_was_reported() -> None:
    view = report(occurred("4"), restored("4"))
    assert [(one.zone, one.restored_at) for one in view.occurrences] == [("", None), ("4", 50)]


def test_an_adopted_alarm_is_its_sites_and_its_report_too() -> None:
    filing = Filing(authority="y", state="filed")
    adopted = a.AlarmAdopted(
        alarm="a1",
        site="real",
        site_class="key_unit",
        division="350102",
        bureau="b9",
        provider="p9",
        filing=filing,
        registry_position=12,
    )
    unknown = raised(site_known=False, provider=None, bureau=None, filing=None)
    told_to_all = a.AlarmEscalated(alarm="a1", escalation="e1", bureau=None, by=WHO)
    views = given(decision(unknown), decision(VERIFIED), decision(told_to_all), decision(adopted))
    view = views.alarms["a1"]
    assert (view.site, view.site_known, view.provider, view.bureau) == ("real", True, "p9", "b9")
    assert (view.site_class, view.filing, view.registry_position) == ("key_unit", filing, 12)
    seen = views.reports["e1"]
    assert (seen.provider, seen.bureau, seen.view.site, seen.view.division) == ("p9", None, "real", "350102")


def test_adoption_does_not_take_a_report_from_those_who_were_told() -> None:
    adopted = a.AlarmAdopted(
        alarm="a1",
        site="r",
        site_class="other",
        division="1",
        bureau="b9",
        provider="p9",
        registry_position=1,
    )
    assert report(adopted).bureau == "b1"


def test_sealed_text_in_an_event_is_found_and_told_wherever_it_stands() -> None:
    assert list(sealed_in(VERIFIED)) == [NOTE]
    shown = told(VERIFIED, {NOTE: "两人"})
    assert shown["type"] == "alarm.verified.v1"
    assert [one["note"] for one in shown["evidence"]] == ["两人", None]
    assert told(FINAL, {})["text"] is None
    assert told(raised(), {})["class"] == "burglary"


def test_names_are_joined_when_a_view_is_read() -> None:
    shown = Reading({"site": SiteName("花园", 119.0, 26.0, "公司")}, {}).show(report(), notes=True)
    assert (shown.site_name, shown.lon, shown.provider_name) == ("花园", 119.0, "公司")

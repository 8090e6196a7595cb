"""Beside the straight way: returned, transferred, a duplicate, added to, told by telephone; and drills."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts import alarm as a
from services.contracts import police_track as pt
from services.contracts.envelope import Accepted, Already, Decision
from services.contracts.stored import Actor
from tests.unit.alarm_router.reporting import (
    OTHER,
    alarm_of,
    asked_again,
    asks,
    drilled,
    escalated,
    phones,
    returns,
    supplements,
    ticks,
    told_to_telephone,
)
from tests.unit.alarm_router.saying import (
    BUREAU,
    DAY,
    LI,
    MINUTE,
    QIAN,
    REASON,
    SECOND,
    WANG,
    ZHAO,
    Desk,
    refusal,
)

FOREIGN = Actor(id="sun", roles=("operator",), provider="another")


def sendings(decision: Decision) -> list[tuple[int, str | None]]:
    sent = (pt.EscalationSupplemented, pt.EscalationTransferred)
    return [
        (one.attempt, one.to if isinstance(one, pt.EscalationTransferred) else one.bureau)
        for one in decision.events
        if isinstance(one, sent)
    ]


def test_what_the_police_return_is_told_to_a_supervisor_and_may_be_signed_for_later(
    desk: Desk, escalation: str
) -> None:
    desk.sign_for(escalation)
    returned = returns(desk, escalation)
    assert isinstance(returned.events[0], pt.EscalationReturned)
    assert told_to_telephone(returned.events) == ["escalation.returned"]
    assert returns(desk, escalation).answer == Already()
    assert not [d for _, d in ticks(desk, 10 * MINUTE) if asked_again(d.events)]
    assert desk.sign_for(escalation).answer == Accepted()


def test_a_transfer_sends_it_to_the_other_bureau_under_the_same_id_until_that_one_has_it(
    desk: Desk, escalation: str
) -> None:
    desk.sign_for(escalation)
    transferred = asks(desk, pt.TransferEscalation, escalation, QIAN, to=OTHER)
    assert sendings(transferred) == [(2, OTHER)]
    assert [asked_again(d.events) for _, d in ticks(desk, 40 * SECOND)] == [[3]]
    assert desk.answered(escalation, attempt=1).answer == Accepted(), "the first bureau's receipt comes late"
    assert [d for _, d in ticks(desk, 2 * MINUTE) if asked_again(d.events)], "and says nothing of the second"
    desk.answered(escalation, attempt=2)
    assert not [d for _, d in ticks(desk, 10 * MINUTE) if asked_again(d.events)]


def test_after_a_transfer_the_first_bureau_acts_no_more_and_the_second_signs_for_it(
    desk: Desk, escalation: str
) -> None:
    here, there = (
        Actor(id=name, roles=("police",), bureau=code) for name, code in (("a", BUREAU), ("b", OTHER))
    )
    asks(desk, pt.TransferEscalation, escalation, here, to=OTHER)
    assert asks(desk, pt.TransferEscalation, escalation, there, to=OTHER).answer != Accepted()
    assert refusal(desk.sign_for(escalation, by=here))[0] == "scope.not_visible"
    assert desk.sign_for(escalation, by=there).answer == Accepted()


def test_a_duplicate_ends_the_track(desk: Desk, escalation: str) -> None:
    named = asks(desk, pt.NameDuplicate, escalation, QIAN, duplicate_of="JQ-17")
    assert named.events == (
        pt.DuplicateNamed(
            alarm=alarm_of(desk, escalation), escalation=escalation, by=QIAN, duplicate_of="JQ-17"
        ),
    )
    assert asks(desk, pt.NameDuplicate, escalation, QIAN, duplicate_of="JQ-17").answer == Already()
    assert refusal(desk.sign_for(escalation))[0] == "escalation.duplicate_of"
    assert refusal(supplements(desk, escalation)) == (
        "escalation.duplicate_of",
        {"by": "qian", "number": "JQ-17"},
    )
    assert not [d for _, d in ticks(desk, 10 * MINUTE) if asked_again(d.events)]


def test_an_addition_goes_out_under_an_id_of_its_own_until_it_has_arrived(
    desk: Desk, escalation: str
) -> None:
    desk.answered(escalation)
    desk.sign_for(escalation)
    added = supplements(desk, escalation)
    assert sendings(added) == [(2, BUREAU)]
    [event] = added.events
    assert isinstance(event, pt.EscalationSupplemented)
    assert event.addition == added.id
    desk.dispatch(escalation)  # says nothing of whether the addition was read
    assert asked_again([e for _, d in ticks(desk, 40 * SECOND) for e in d.events]) == [3]
    desk.answered(escalation, attempt=3)
    assert not [d for _, d in ticks(desk, 10 * MINUTE) if asked_again(d.events)]


def test_an_addition_that_nobody_takes_is_told_to_a_supervisor(desk: Desk, escalation: str) -> None:
    desk.answered(escalation)
    desk.now += 2 * DAY
    supplements(desk, escalation)
    said = [e for _, d in ticks(desk, 3 * MINUTE) for e in d.events]
    assert told_to_telephone(said) == ["escalation.undelivered"]


def test_the_stand_down_is_asked_for_once_and_changes_nothing_by_itself(desk: Desk, escalation: str) -> None:
    asked = asks(desk, pt.RequestStandDown, escalation, WANG, reason=REASON)
    assert [event.kind for event in asked.events if isinstance(event, pt.EscalationSupplemented)] == [
        "stand_down_request"
    ]
    again = asks(desk, pt.RequestStandDown, escalation, LI, reason=REASON)
    assert refusal(again) == ("escalation.stand_down_requested", {"by": "wang"})
    assert desk.dispatch(escalation).answer == Accepted(), "the police decide"


def test_what_was_reported_by_telephone_is_asked_for_no_more(desk: Desk, escalation: str) -> None:
    desk.now += 31 * SECOND
    desk.tick()
    assert isinstance(phones(desk, escalation, police_incident_no="JQ-18").events[0], pt.ReportedByPhone)
    assert phones(desk, escalation, police_incident_no="JQ-18").answer == Already()
    assert refusal(phones(desk, escalation, by=LI))[0] == "escalation.reported_by_phone"
    assert not [d for _, d in ticks(desk, 10 * MINUTE) if asked_again(d.events)]


def test_a_call_lies_not_in_the_future(desk: Desk, escalation: str) -> None:
    assert refusal(phones(desk, escalation, spoken_at=desk.now + 2 * MINUTE))[0] == "escalation.call_ahead"


@pytest.mark.parametrize("act", [supplements, phones])
def test_only_the_centre_that_sent_it_adds_to_it(desk: Desk, escalation: str, act: Any) -> None:
    assert refusal(act(desk, escalation, by=QIAN))[0] == "role.missing"
    assert refusal(act(desk, escalation, by=FOREIGN))[0] == "scope.not_visible"


def test_only_the_police_return_it(desk: Desk, escalation: str) -> None:
    assert refusal(returns(desk, escalation, by=WANG)) == ("role.missing", {"role": "police"})


def test_that_nobody_knows_is_said_once_for_each_sending_and_it_is_asked_for_again(
    desk: Desk, escalation: str
) -> None:
    first = desk.answered(escalation, "unknown")
    assert [e.outcome for e in first.events if isinstance(e, a.EscalationDelivered)] == ["unknown"]
    assert desk.answered(escalation, "unknown").answer == Already()
    assert [asked_again(d.events) for _, d in ticks(desk, 40 * SECOND)] == [[2]]
    assert desk.answered(escalation, attempt=2).answer == Accepted()
    assert desk.answered(escalation, "unknown", attempt=2).answer == Already(), "it is known by now"


# drills


def test_a_drill_is_marked_on_every_sending_and_goes_to_the_test_endpoint(desk: Desk) -> None:
    event = escalated(drilled(desk))
    assert (event.mark, event.bureau) == ("exercise", pt.TEST_BUREAU)
    [(_, again)] = ticks(desk, 40 * SECOND)
    assert [e.mark for e in again.events if isinstance(e, a.EscalationAskedAgain)] == ["exercise"]


def test_a_drill_in_an_approved_window_goes_to_the_bureau_and_stays_there(desk: Desk) -> None:
    event = escalated(drilled(desk, mark="test", to_test=False))
    assert (event.mark, event.bureau) == ("test", BUREAU)
    moved = asks(desk, pt.TransferEscalation, event.escalation, QIAN, to=OTHER)
    assert refusal(moved)[0] == "escalation.drill_stays"


def test_only_a_shift_supervisor_drills_and_nothing_unmarked_goes_to_the_test_endpoint(desk: Desk) -> None:
    assert refusal(drilled(desk, by=WANG)) == ("role.missing", {"role": "shift_supervisor"})
    assert refusal(drilled(Desk(), mark="actual"))[0] == "alarm.mark_needed"


def test_a_drill_never_stands_in_the_way_of_the_real_report(desk: Desk) -> None:
    drill = escalated(drilled(desk))
    real = escalated(desk.escalate(drill.alarm, by=ZHAO))
    assert (real.mark, real.bureau) == ("actual", BUREAU)
    assert real.escalation != drill.escalation
    assert refusal(desk.answered(drill.escalation))[0] == "escalation.unknown"
    assert desk.answered(real.escalation).answer == Accepted()
    assert refusal(desk.escalate(drill.alarm, by=ZHAO))[0] == "alarm.already_escalated"

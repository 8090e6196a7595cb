"""One alarm in the hands of people."""

from __future__ import annotations

import pytest

from services.alarm_router.domain.alarm import MAX_NOTES
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts.envelope import Accepted, Already
from services.contracts.refusal import CommandRefused
from services.contracts.stored import Actor, Sealed
from tests.unit.alarm_router.saying import (
    BUREAU,
    CALL,
    LI,
    MINUTE,
    QIAN,
    REASON,
    SECOND,
    SITE,
    WANG,
    ZHAO,
    Desk,
    refusal,
)


def test_an_alarm_is_claimed(desk: Desk) -> None:
    alarm = desk.alarm().alarm
    decision = desk.claim(alarm)
    assert (decision.answer, decision.events) == (Accepted(), (a.AlarmClaimed(alarm=alarm, by=WANG),))


def test_of_two_who_claim_the_second_is_told_who_holds_it(desk: Desk, mine: str) -> None:
    decision = desk.claim(mine, LI)
    assert refusal(decision) == ("alarm.claimed_by_other", {"holder": "wang"})
    (kept,) = decision.events
    assert isinstance(kept, CommandRefused)
    assert (kept.alarm, kept.by, kept.reason) == (mine, LI, "alarm.claimed_by_other")
    assert isinstance(kept.command, c.ClaimAlarm)


def test_who_claims_again_is_told_that_it_is_so(desk: Desk, mine: str) -> None:
    decision = desk.claim(mine)
    assert (decision.answer, decision.events) == (Already(), ())


def test_an_alarm_that_nobody_raised_is_not_open(desk: Desk) -> None:
    assert refusal(desk.claim("none"))[0] == "alarm.not_open"


def test_only_who_claimed_works_on_it(desk: Desk, mine: str) -> None:
    for asked in (desk.verify, desk.escalate, desk.close):
        assert refusal(asked(mine, by=LI)) == ("alarm.not_yours", {"holder": "wang"})


def test_a_supervisor_may_work_on_anybodys(desk: Desk, mine: str) -> None:
    assert desk.verify(mine, by=ZHAO).answer == Accepted()


def test_what_nobody_claimed_is_not_verified_escalated_or_closed(desk: Desk) -> None:
    alarm = desk.alarm().alarm
    for asked in (desk.verify, desk.escalate, desk.close):
        assert refusal(asked(alarm))[0] == "alarm.not_claimed"


@pytest.mark.parametrize("evidence", [(), CALL * 21])
def test_a_verification_needs_evidence_within_bounds(
    desk: Desk, mine: str, evidence: tuple[c.Evidence, ...]
) -> None:
    asked = c.VerifyAlarm(**desk.head(WANG), alarm=mine, result="confirmed", evidence=evidence)
    assert refusal(desk.told(asked)) == ("alarm.evidence_needed", {"most": "20"})


def test_an_unverified_alarm_is_not_escalated(desk: Desk, mine: str) -> None:
    assert refusal(desk.escalate(mine))[0] == "alarm.not_verified"
    assert refusal(desk.escalate(mine, "duress"))[0] == "alarm.not_verified"


def test_a_false_alarm_is_not_escalated_by_any_rule(desk: Desk, mine: str) -> None:
    desk.verify(mine, "false_alarm")
    assert refusal(desk.escalate(mine))[0] == "alarm.verified_false"
    assert refusal(desk.escalate(mine, "duress"))[0] == "alarm.verified_false"


def test_an_undetermined_alarm_is_escalated_only_by_a_named_rule(desk: Desk, mine: str) -> None:
    desk.verify(mine, "undetermined")
    assert refusal(desk.escalate(mine))[0] == "alarm.rule_needed"
    escalated = desk.escalate(mine, "guard_confirmed").events[0]
    assert isinstance(escalated, a.AlarmEscalated)
    assert escalated.rule == "guard_confirmed"


def test_the_newest_verification_counts(desk: Desk, mine: str) -> None:
    desk.verify(mine, "confirmed")
    desk.verify(mine, "false_alarm")
    assert refusal(desk.escalate(mine))[0] == "alarm.verified_false"


def escalated(desk: Desk, alarm: str) -> str:
    """Verified and reported."""
    desk.verify(alarm)
    event = desk.escalate(alarm).events[0]
    assert isinstance(event, a.AlarmEscalated)
    assert event.bureau == BUREAU
    return event.escalation


def test_an_alarm_is_escalated_once(desk: Desk, mine: str) -> None:
    escalation = escalated(desk, mine)
    assert refusal(desk.escalate(mine)) == ("alarm.already_escalated", {"escalation": escalation})


def test_a_closed_alarm_is_not_open(desk: Desk, mine: str) -> None:
    assert desk.close(mine).answer == Accepted()
    for asked in (desk.claim, desk.verify, desk.escalate, desk.close):
        assert refusal(asked(mine))[0] == "alarm.not_open"


def test_closing_needs_a_reason(desk: Desk, mine: str) -> None:
    assert refusal(desk.close(mine, reason=Sealed(key="k1", box=b"")))[0] == "alarm.reason_needed"


def test_the_police_sign_for_an_escalation_once(desk: Desk, mine: str) -> None:
    escalation = escalated(desk, mine)
    assert desk.sign_for(escalation).answer == Accepted()
    assert desk.sign_for(escalation).answer == Already()
    other = Actor(id="zhou", roles=("police",))
    assert refusal(desk.sign_for(escalation, other)) == ("escalation.signed_for", {"by": "qian"})


def test_the_police_sign_for_an_alarm_that_the_centre_has_closed(desk: Desk, mine: str) -> None:
    escalation = escalated(desk, mine)
    desk.close(mine)
    assert desk.sign_for(escalation).answer == Accepted()


def test_an_escalation_that_nobody_made_is_unknown(desk: Desk, mine: str) -> None:
    assert refusal(desk.sign_for("none"))[0] == "escalation.unknown"


def test_an_operator_does_not_sign_for_the_police_nor_they_claim(desk: Desk, mine: str) -> None:
    escalation = escalated(desk, mine)
    assert refusal(desk.sign_for(escalation, WANG)) == ("role.missing", {"role": "police"})
    assert refusal(desk.claim(mine, QIAN)) == ("role.missing", {"role": "operator"})


def test_another_providers_operator_does_not_see_it(desk: Desk) -> None:
    alarm = desk.alarm().alarm
    stranger = Actor(id="sun", roles=("operator",), provider="another")
    own = Actor(id="zheng", roles=("operator",), provider="provider")
    assert refusal(desk.claim(alarm, stranger))[0] == "scope.not_visible"
    assert desk.claim(alarm, own).answer == Accepted()


def test_another_bureaus_dispatcher_does_not_sign_for_it(desk: Desk, mine: str) -> None:
    escalation = escalated(desk, mine)
    stranger = Actor(id="wu", roles=("police",), bureau="another")
    own = Actor(id="feng", roles=("police",), bureau=BUREAU)
    assert refusal(desk.sign_for(escalation, stranger))[0] == "scope.not_visible"
    assert desk.sign_for(escalation, own).answer == Accepted()


# --- From hand to hand ---


def test_a_released_alarm_is_nobodys_and_its_clock_begins_again(desk: Desk, mine: str) -> None:
    desk.now += MINUTE
    released = desk.release(mine)
    claim_due = released.time + 30 * SECOND
    assert released.events == (a.AlarmReleased(alarm=mine, by=WANG, claim_due=claim_due),)
    assert refusal(desk.verify(mine))[0] == "alarm.not_claimed"
    desk.now = claim_due
    decision = desk.tick()
    assert decision is not None
    assert decision.events == (a.ClaimFellDue(alarm=mine),)
    assert desk.claim(mine, LI).answer == Accepted()


def test_an_alarm_that_fell_due_falls_due_again_after_it_was_released(desk: Desk) -> None:
    alarm = desk.alarm()
    for _ in range(2):
        desk.now += 31 * SECOND
        decision = desk.tick()
        assert decision is not None
        assert decision.events == (a.ClaimFellDue(alarm=alarm.alarm),)
        desk.claim(alarm.alarm)
        desk.release(alarm.alarm)


def test_who_releases_again_is_told_that_it_is_so(desk: Desk, mine: str) -> None:
    desk.release(mine)
    again = desk.release(mine)
    assert (again.answer, again.events) == (Already(), ())
    desk.claim(mine, LI)
    assert refusal(desk.release(mine)) == ("alarm.not_yours", {"holder": "li"})


def test_what_nobody_claimed_is_not_released_handed_or_taken_over(desk: Desk) -> None:
    alarm = desk.alarm().alarm
    refused = (desk.release(alarm), desk.hand_over(alarm, LI), desk.take_over(alarm))
    assert [refusal(one)[0] for one in refused] == ["alarm.not_claimed"] * 3


def test_an_alarm_is_handed_over_to_a_colleague(desk: Desk, mine: str) -> None:
    assert desk.hand_over(mine, LI).events == (a.AlarmHandedOver(alarm=mine, by=WANG, to="li"),)
    assert refusal(desk.verify(mine)) == ("alarm.not_yours", {"holder": "li"})
    assert desk.verify(mine, by=LI).answer == Accepted()
    again = desk.hand_over(mine, LI)
    assert (again.answer, again.events) == (Already(), ())


def test_a_supervisor_hands_over_anybodys_and_others_do_not(desk: Desk, mine: str) -> None:
    assert refusal(desk.hand_over(mine, LI, by=LI)) == ("alarm.not_yours", {"holder": "wang"})
    assert desk.hand_over(mine, LI, by=ZHAO).answer == Accepted()


def test_nothing_is_handed_over_to_who_has_it(desk: Desk, mine: str) -> None:
    assert refusal(desk.hand_over(mine, WANG)) == ("alarm.holder_same", {"holder": "wang"})
    assert refusal(desk.hand_over(mine, WANG, by=ZHAO)) == ("alarm.holder_same", {"holder": "wang"})


def test_a_colleague_takes_over_with_a_reason(desk: Desk, mine: str) -> None:
    assert refusal(desk.take_over(mine, reason=Sealed(key="k1", box=b"")))[0] == "alarm.reason_needed"
    taken = desk.take_over(mine)
    assert taken.events == (a.AlarmTakenOver(alarm=mine, by=LI, held_by="wang", reason=REASON),)
    assert refusal(desk.close(mine)) == ("alarm.not_yours", {"holder": "li"})
    again = desk.take_over(mine)
    assert (again.answer, again.events) == (Already(), ())


def test_the_police_take_nothing_over(desk: Desk, mine: str) -> None:
    for decision in (desk.take_over(mine, QIAN), desk.release(mine, QIAN), desk.note(mine, QIAN)):
        assert refusal(decision) == ("role.missing", {"role": "operator"})


def test_anyone_who_may_work_on_it_writes_something_down(desk: Desk, mine: str) -> None:
    assert desk.note(mine, LI).events == (a.AlarmNoted(alarm=mine, by=LI, note=REASON),)
    stranger = Actor(id="sun", roles=("operator",), provider="another")
    assert refusal(desk.note(mine, stranger))[0] == "scope.not_visible"


def test_notes_are_within_bounds(desk: Desk, mine: str) -> None:
    for _ in range(MAX_NOTES):
        assert desk.note(mine).answer == Accepted()
    assert refusal(desk.note(mine)) == ("alarm.too_many_notes", {"most": str(MAX_NOTES)})


def test_a_closed_alarm_changes_hands_no_more(desk: Desk, mine: str) -> None:
    desk.close(mine)
    refused = (desk.release(mine), desk.hand_over(mine, LI), desk.take_over(mine), desk.note(mine))
    assert [refusal(one)[0] for one in refused] == ["alarm.not_open"] * 4


# --- Typed while the partition stood still ---


def test_what_was_typed_is_a_note_on_the_alarm_that_the_signal_came_to(desk: Desk) -> None:
    decision = desk.told(desk.signal())
    raised = decision.events[-1]
    assert isinstance(raised, a.AlarmRaised)
    noted = desk.told(desk.typed(decision.source.offset))
    assert noted.answer == Accepted()
    assert noted.events == (a.AlarmNoted(alarm=raised.alarm, by=WANG, note=REASON, undecided=True),)


def test_what_was_typed_about_a_closed_alarm_is_kept_on_it(desk: Desk, mine: str) -> None:
    desk.close(mine)
    source = 1  # the site's entry came first, then the signal
    assert [type(event) for event in desk.told(desk.typed(source)).events] == [a.AlarmNoted]


def test_what_was_typed_about_a_signal_without_an_alarm_is_kept_all_the_same(desk: Desk) -> None:
    source = desk.told(desk.signal(code="401")).source.offset
    noted = desk.told(desk.typed(source))
    assert noted.events == (a.SignalNoted(subject=SITE, source=source, by=WANG, note=REASON),)


def test_what_was_typed_under_another_sites_name_is_kept_on_the_signal_alone(desk: Desk) -> None:
    source = desk.told(desk.signal()).source.offset
    typed = desk.typed(source, ZHAO, subject="site-b")
    assert desk.told(typed).events == (a.SignalNoted(subject="site-b", source=source, by=ZHAO, note=REASON),)


def test_the_providers_own_people_type_about_its_alarm(desk: Desk) -> None:
    own = Actor(id="zheng", roles=("operator",), provider="provider")
    source = desk.told(desk.signal()).source.offset
    assert [type(event) for event in desk.told(desk.typed(source, own)).events] == [a.AlarmNoted]


def test_what_was_typed_hours_ago_is_not_too_late_and_the_same_again_says_nothing(desk: Desk) -> None:
    source = desk.told(desk.signal()).source.offset
    typed = desk.typed(source)
    desk.now += 300 * MINUTE
    assert desk.told(typed).answer == Accepted()
    again = desk.told(typed)
    assert (again.answer, again.events) == (Already(), ())


@pytest.mark.parametrize("code", ["130", "401"])
def test_the_same_again_hours_later_says_nothing_either(desk: Desk, code: str) -> None:
    typed = desk.typed(desk.told(desk.signal(code=code)).source.offset)
    assert desk.told(typed).answer == Accepted()
    desk.now += 300 * MINUTE
    desk.told(desk.signal(code=code))
    assert desk.told(typed).answer == Already()


def test_only_who_may_work_on_alarms_types(desk: Desk) -> None:
    source = desk.told(desk.signal()).source.offset
    assert refusal(desk.told(desk.typed(source, QIAN))) == ("role.missing", {"role": "operator"})
    stranger = Actor(id="sun", roles=("operator",), provider="another")
    assert refusal(desk.told(desk.typed(source, stranger)))[0] == "scope.not_visible"

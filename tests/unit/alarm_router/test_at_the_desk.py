"""Whose an alarm is, what one key does under duress, guards under way, and what the record says of each step."""

from __future__ import annotations

import pytest

from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import guard as g
from services.contracts.envelope import Accepted, Already
from services.contracts.stored import Actor, Sealed
from tests.unit.alarm_router.saying import (
    BUREAU,
    CALL,
    DAY,
    LI,
    REASON,
    SECOND,
    WANG,
    ZHAO,
    Desk,
    refusal,
)

BY_VIDEO = (c.Evidence(kind="video", note=REASON, found="suspicious_person"),)
BY_CODE = (c.Evidence(kind="duress_code"),)
OWN = Actor(id="zheng", roles=("operator",), provider="provider")


@pytest.fixture
def duress(desk: Desk) -> str:
    return desk.alarm(code="121").alarm


def reported(desk: Desk, alarm: str, by: Actor = WANG) -> a.AlarmEscalated:
    event = desk.escalate(alarm, by=by).events[-1]
    assert isinstance(event, a.AlarmEscalated)
    return event


class TestTheRecord:
    def test_of_a_verification_what_it_stands_on(self, desk: Desk, mine: str) -> None:
        verified = desk.verify(mine, "undetermined", evidence=BY_VIDEO)
        assert verified.events[0] == a.AlarmVerified(
            alarm=mine, by=WANG, result="undetermined", evidence=BY_VIDEO
        )

    def test_of_a_report_its_bureau_and_the_rule_that_allowed_it(self, desk: Desk, mine: str) -> None:
        desk.verify(mine, "undetermined")
        escalated = desk.escalate(mine, "guard_confirmed")
        (event,) = escalated.events
        assert isinstance(event, a.AlarmEscalated)
        assert event == a.AlarmEscalated(
            alarm=mine, escalation=event.escalation, bureau=BUREAU, by=WANG, rule="guard_confirmed"
        )

    def test_of_a_closing_its_reason(self, desk: Desk, mine: str) -> None:
        assert desk.close(mine).events == (a.AlarmClosed(alarm=mine, by=WANG, reason=REASON),)

    def test_of_a_guard_its_unit_and_that_it_stands_off_where_that_was_asked(
        self, desk: Desk, alarm: str
    ) -> None:
        (ordered,) = desk.order_guard(alarm, stand_off=True).events
        assert isinstance(ordered, g.GuardOrdered)
        assert ordered == g.GuardOrdered(
            alarm=alarm, guard=ordered.guard, by=WANG, unit=REASON, stand_off=True
        )

    def test_of_a_guards_result_what_was_found(self, desk: Desk, alarm: str) -> None:
        guard = desk.guard(alarm)
        assert desk.guard_found(alarm, guard, "nothing", LI).events == (
            g.GuardFound(alarm=alarm, guard=guard, by=LI, finding="nothing", note=REASON),
        )


class TestWhoseItIs:
    def test_who_gave_it_back_has_not_handed_it_to_the_colleague_that_took_it_since(
        self, desk: Desk, mine: str
    ) -> None:
        desk.release(mine)
        desk.claim(mine, LI)
        assert refusal(desk.hand_over(mine, LI)) == ("alarm.not_yours", {"holder": "li"})

    def test_nor_has_she_from_whom_it_was_taken(self, desk: Desk, mine: str) -> None:
        desk.take_over(mine)
        assert refusal(desk.hand_over(mine, LI)) == ("alarm.not_yours", {"holder": "li"})

    def test_who_hands_over_a_colleagues_is_who_handed_it_over(self, desk: Desk, mine: str) -> None:
        desk.hand_over(mine, LI, by=ZHAO)
        assert desk.hand_over(mine, LI, by=ZHAO).answer == Already()
        assert refusal(desk.hand_over(mine, LI)) == ("alarm.not_yours", {"holder": "li"})

    def test_a_supervisor_who_took_a_colleagues_for_himself_has_it(self, desk: Desk, mine: str) -> None:
        assert desk.hand_over(mine, ZHAO, by=ZHAO).answer == Accepted()
        assert refusal(desk.hand_over(mine, ZHAO, by=ZHAO)) == ("alarm.holder_same", {"holder": "zhao"})

    def test_who_was_handed_it_and_gave_it_back_is_told_so_and_the_first_is_not(
        self, desk: Desk, mine: str
    ) -> None:
        desk.hand_over(mine, LI)
        desk.release(mine, LI)
        assert desk.release(mine, LI).answer == Already()
        assert refusal(desk.release(mine)) == ("alarm.not_claimed", {})

    def test_nothing_is_closed_without_a_reason_by_a_supervisor_either(self, desk: Desk, mine: str) -> None:
        empty = Sealed(key="k1", box=b"")
        assert refusal(desk.close(mine, ZHAO, empty)) == ("alarm.reason_needed", {})
        assert desk.close(mine, ZHAO).answer == Accepted()

    def test_the_last_evidence_that_is_taken_is_the_twentieth(self, desk: Desk, mine: str) -> None:
        assert desk.verify(mine, evidence=CALL * 20).answer == Accepted()


class TestItsClocks:
    def test_a_claim_and_a_report_fall_due_in_one_tick(self, desk: Desk, mine: str) -> None:
        desk.verify(mine)
        report = reported(desk, mine)
        desk.release(mine)
        assert desk.after(30 * SECOND) == (
            a.ClaimFellDue(alarm=mine),
            a.EscalationAskedAgain(alarm=mine, escalation=report.escalation, bureau=BUREAU, attempt=2),
        )

    def test_whichever_is_due_first_is_said_first(self, desk: Desk, mine: str) -> None:
        desk.verify(mine)
        reported(desk, mine)
        desk.now += 10 * SECOND
        desk.release(mine)
        assert [type(event) for event in desk.after(20 * SECOND)] == [a.EscalationAskedAgain]
        assert [type(event) for event in desk.after(10 * SECOND)] == [a.ClaimFellDue]

    def test_a_closed_alarm_is_forgotten_only_when_seven_days_have_passed(
        self, desk: Desk, mine: str
    ) -> None:
        desk.verify(mine)
        report = reported(desk, mine)
        desk.answered(report.escalation)
        desk.close(mine)
        assert desk.after(7 * DAY - 1) == ()
        assert desk.after(1) == (a.AlarmArchived(alarm=mine),)


class TestUnderDuress:
    def test_who_holds_it_already_takes_it_no_second_time(self, desk: Desk, duress: str) -> None:
        desk.claim(duress)
        verified, escalated = desk.escalate(duress).events
        assert verified == a.AlarmVerified(alarm=duress, by=WANG, result="undetermined", evidence=BY_CODE)
        assert isinstance(escalated, a.AlarmEscalated)
        assert (escalated.rule, escalated.by) == ("duress", WANG)

    def test_a_supervisor_reports_what_a_colleague_holds_and_takes_it_from_nobody(
        self, desk: Desk, duress: str
    ) -> None:
        desk.claim(duress)
        events = desk.escalate(duress, by=ZHAO).events
        assert [type(event) for event in events] == [a.AlarmVerified, a.AlarmEscalated]
        assert desk.state.alarms[duress].holder == "wang"

    def test_by_one_key_it_is_theirs_who_pressed_it(self, desk: Desk, duress: str) -> None:
        desk.escalate(duress, by=LI)
        assert refusal(desk.close(duress)) == ("alarm.not_yours", {"holder": "li"})

    def test_what_somebody_verified_otherwise_is_reported_by_that(self, desk: Desk, duress: str) -> None:
        desk.claim(duress)
        desk.verify(duress, "false_alarm", evidence=BY_VIDEO)
        assert refusal(desk.escalate(duress)) == ("alarm.verified_false", {})
        desk.verify(duress, "confirmed", evidence=BY_VIDEO)
        (escalated,) = desk.escalate(duress).events
        assert isinstance(escalated, a.AlarmEscalated)
        assert escalated.rule is None

    def test_a_drill_of_it_is_marked_and_named_by_its_rule(self, desk: Desk, duress: str) -> None:
        asked = c.EscalateAlarm(**desk.head(ZHAO), alarm=duress, mark="exercise")
        escalated = desk.told(asked).events[-1]
        assert isinstance(escalated, a.AlarmEscalated)
        assert (escalated.rule, escalated.mark) == ("duress", "exercise")


class TestGuards:
    def test_when_the_first_has_left_a_further_one_is_sent_by_who_holds_the_alarm(
        self, desk: Desk, alarm: str
    ) -> None:
        guard = desk.guard(alarm)
        desk.radioed(alarm, guard, "left")
        assert refusal(desk.order_guard(alarm)) == ("alarm.not_claimed", {})
        desk.claim(alarm)
        assert desk.guard(alarm) != guard

    def test_of_several_the_one_that_radioed_came_further(self, desk: Desk, mine: str) -> None:
        first, second = desk.guard(mine), desk.guard(mine)
        desk.radioed(mine, second, "arrived")
        stages = {guard.id: guard.stage for guard in desk.state.alarms[mine].guards}
        assert stages == {first: "ordered", second: "arrived"}
        assert refusal(desk.radioed(mine, second, "en_route")) == ("guard.step_passed", {"step": "arrived"})

    def test_a_result_is_a_step_behind_the_search(self, desk: Desk, alarm: str) -> None:
        guard = desk.guard(alarm)
        desk.guard_found(alarm, guard, "nothing")
        late = desk.radioed(alarm, guard, "searched")
        assert refusal(late) == ("guard.step_passed", {"step": "result"})
        assert desk.radioed(alarm, guard, "left").answer == Accepted()
        assert refusal(desk.guard_found(alarm, guard, "nothing")) == ("guard.step_passed", {"step": "left"})

    def test_a_guard_reports_at_most_twenty_results(self, desk: Desk, alarm: str) -> None:
        guard = desk.guard(alarm)
        for _ in range(20):
            assert desk.guard_found(alarm, guard, "other").answer == Accepted()
        further = desk.guard_found(alarm, guard, "other")
        assert refusal(further) == ("guard.too_many_results", {"most": "20"})

    def test_the_providers_own_people_send_one_and_no_strangers(self, desk: Desk, alarm: str) -> None:
        stranger = Actor(id="sun", roles=("operator",), provider="another")
        assert refusal(desk.order_guard(alarm, stranger)) == ("scope.not_visible", {})
        assert desk.order_guard(alarm, OWN).answer == Accepted()

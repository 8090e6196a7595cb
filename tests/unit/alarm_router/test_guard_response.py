"""Guards sent to the site, beside the verification; what they find may ask for a report at once."""

from __future__ import annotations

from typing import get_args

import pytest

from services.alarm_router.domain.guard_response import MOST_GUARDS, MOST_RESULTS
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import guard as g
from services.contracts.envelope import Accepted, Already, Decision
from services.contracts.stored import Actor
from services.contracts.suggestion import ReportSuggested, RuleInputs, RuleSignal
from tests.unit.alarm_router.saying import LAW, LI, MINUTE, QIAN, REASON, SECOND, WANG, ZHAO, Desk, refusal

SUN = Actor(id="sun", roles=("operator",), provider="another")
CONFIRMED_CALL = (c.Evidence(kind="call", found="confirmed"),)
UNREACHABLE = (c.Evidence(kind="call", found="unreachable"),)
TWO_MEN = (c.Evidence(kind="video", found="suspicious_person"),)


def suggestions(decision: Decision) -> list[ReportSuggested]:
    return [event for event in decision.events if isinstance(event, ReportSuggested)]


def rules(decision: Decision) -> list[str]:
    return [one.rule for one in suggestions(decision)]


class TestOrdering:
    def test_a_guard_is_ordered_at_once_before_anybody_took_the_alarm(self, desk: Desk, alarm: str) -> None:
        decision = desk.order_guard(alarm, LI)
        (ordered,) = decision.events
        assert isinstance(ordered, g.GuardOrdered)
        assert (ordered.alarm, ordered.by, ordered.unit, ordered.stand_off) == (alarm, LI, REASON, False)
        assert [guard.id for guard in desk.state.alarms[alarm].guards] == [ordered.guard]
        assert desk.state.alarms[alarm].holder is None

    def test_of_two_who_order_at_once_the_second_sends_no_second_guard(self, desk: Desk, alarm: str) -> None:
        desk.order_guard(alarm, LI)
        assert refusal(desk.order_guard(alarm, WANG)) == ("alarm.not_claimed", {})
        assert desk.order_guard(alarm, LI).answer == Already()

    def test_who_holds_the_alarm_sends_a_further_one_and_nobody_else(self, desk: Desk, alarm: str) -> None:
        first = desk.guard(alarm, LI)
        desk.claim(alarm)
        second = desk.guard(alarm)
        assert second != first
        assert refusal(desk.order_guard(alarm, LI)) == ("alarm.not_yours", {"holder": "wang"})
        assert isinstance(desk.order_guard(alarm, ZHAO).answer, Accepted)

    def test_guards_are_within_bounds(self, desk: Desk, alarm: str) -> None:
        desk.claim(alarm)
        for _ in range(MOST_GUARDS):
            desk.guard(alarm)
        assert refusal(desk.order_guard(alarm)) == ("guard.too_many", {"most": str(MOST_GUARDS)})

    def test_no_guard_goes_to_a_closed_alarm_nor_by_whom_it_does_not_concern(self, desk: Desk) -> None:
        alarm = desk.alarm().alarm
        assert refusal(desk.order_guard(alarm, QIAN))[0] == "role.missing"
        assert refusal(desk.order_guard(alarm, SUN))[0] == "scope.not_visible"
        desk.claim(alarm)
        desk.close(alarm)
        assert refusal(desk.order_guard(alarm))[0] == "alarm.not_open"

    def test_the_same_order_twice_sends_one_guard(self, desk: Desk, alarm: str) -> None:
        order = g.OrderGuard(**desk.head(WANG), alarm=alarm)
        first, again = desk.told(order), desk.told(order)
        assert (again.answer, again.events) == (first.answer, ())


class TestOnTheWay:
    def test_every_step_is_written_down_by_whoever_hears_it(self, desk: Desk, alarm: str) -> None:
        guard = desk.guard(alarm)
        desk.claim(alarm)
        for step in get_args(g.GuardStep):
            (reported,) = desk.radioed(alarm, guard, step, LI).events
            assert reported == g.GuardReported(alarm=alarm, guard=guard, by=LI, step=step)

    def test_steps_may_be_skipped_and_are_not_gone_back_to(self, desk: Desk, alarm: str) -> None:
        guard = desk.guard(alarm)
        desk.radioed(alarm, guard, "arrived")
        assert desk.radioed(alarm, guard, "arrived", LI).answer == Already()
        late = desk.radioed(alarm, guard, "accepted")
        assert refusal(late) == ("guard.step_passed", {"step": "arrived"})

    def test_a_result_may_come_again_until_the_guard_has_left(self, desk: Desk, alarm: str) -> None:
        guard = desk.guard(alarm)
        assert isinstance(desk.guard_found(alarm, guard, "nothing").events[0], g.GuardFound)
        assert isinstance(desk.guard_found(alarm, guard, "other").events[0], g.GuardFound)
        desk.radioed(alarm, guard, "left")
        assert refusal(desk.guard_found(alarm, guard, "nothing"))[0] == "guard.step_passed"

    def test_results_are_within_bounds(self, desk: Desk, alarm: str) -> None:
        guard = desk.guard(alarm)
        for _ in range(MOST_RESULTS):
            desk.guard_found(alarm, guard, "other")
        assert refusal(desk.guard_found(alarm, guard, "other"))[0] == "guard.too_many_results"

    def test_a_guard_that_nobody_sent_is_unknown(self, desk: Desk, alarm: str) -> None:
        assert refusal(desk.radioed(alarm, "none", "arrived"))[0] == "guard.unknown"
        assert refusal(desk.guard_found(alarm, "none", "nothing"))[0] == "guard.unknown"

    def test_neither_track_waits_for_the_other(self, desk: Desk, alarm: str) -> None:
        guard = desk.guard(alarm)
        desk.claim(alarm)
        desk.verify(alarm)
        assert isinstance(desk.escalate(alarm).events[-1], a.AlarmEscalated)
        assert isinstance(desk.radioed(alarm, guard, "arrived").answer, Accepted)
        assert isinstance(desk.guard_found(alarm, guard, "nothing").answer, Accepted)


class TestReportAtOnce:
    """Each rule given, and the same with one thing changed not given."""

    def test_what_the_guard_found_is_suggested_with_what_it_rests_on(self, desk: Desk, alarm: str) -> None:
        guard = desk.guard(alarm)
        assert rules(desk.guard_found(alarm, guard, "nothing")) == []
        (told,) = suggestions(desk.guard_found(alarm, guard, "person_present"))
        assert told == ReportSuggested(
            alarm=alarm,
            rule="guard_confirmed",
            pack=LAW.at_once.ref,
            article="SH-2010:(3)",
            priority=1,
            inputs=RuleInputs(class_="burglary", guard="person_present"),
        )
        assert desk.state.happenings[alarm].priority == 1

    def test_two_zones_are_suggested_with_both_of_them_and_their_times(self, desk: Desk) -> None:
        desk.alarm(zone="003")
        desk.now += SECOND
        again = desk.told(desk.signal(zone="3"))
        desk.now += 34 * SECOND
        (told,) = suggestions(desk.told(desk.signal(zone="004")))
        assert (told.rule, told.inputs) == (
            "two_zones_or_principles",
            RuleInputs(
                class_="burglary",
                signals=(
                    RuleSignal(zone="3", received_at=again.time),
                    RuleSignal(zone="4", received_at=again.time + 34 * SECOND),
                ),
            ),
        )

    @pytest.mark.parametrize(
        ("code", "evidence", "rule"),
        [
            ("120", CONFIRMED_CALL, ["hold_up_confirmed"]),
            ("120", UNREACHABLE, ["hold_up_unreachable"]),
            ("130", UNREACHABLE, []),
            ("130", TWO_MEN, ["video_suspicious_person"]),
            ("130", (c.Evidence(kind="video", found="nothing_suspicious"),), []),
            ("120", (c.Evidence(kind="call"),), []),
        ],
    )
    def test_what_a_call_or_the_video_came_to(
        self, desk: Desk, code: str, evidence: tuple[c.Evidence, ...], rule: list[str]
    ) -> None:
        alarm = desk.alarm(code=code).alarm
        desk.claim(alarm)
        assert rules(desk.verify(alarm, "undetermined", evidence=evidence)) == rule

    def test_duress_is_suggested_as_it_comes_and_panic_is_not(self, desk: Desk) -> None:
        assert rules(desk.told(desk.signal(code="121"))) == ["duress"]
        assert rules(desk.told(desk.signal(code="120"))) == []

    def test_a_rule_is_suggested_once_and_by_itself_reports_nothing(self, desk: Desk, alarm: str) -> None:
        guard = desk.guard(alarm)
        assert rules(desk.guard_found(alarm, guard, "signs_of_entry")) == ["guard_confirmed"]
        assert rules(desk.guard_found(alarm, guard, "person_present")) == []
        assert desk.state.alarms[alarm].escalation is None
        desk.claim(alarm)
        assert refusal(desk.escalate(alarm, "guard_confirmed"))[0] == "alarm.not_verified"


class TestDuress:
    """The filling station: nobody calls, one key reports, the guard stands off, the thief's cancel closes nothing."""

    def test_one_key_takes_verifies_and_reports(self, desk: Desk) -> None:
        alarm = desk.alarm(code="121", zone="002").alarm
        claimed, verified, escalated = desk.escalate(alarm).events
        assert claimed == a.AlarmClaimed(alarm=alarm, by=WANG)
        assert isinstance(verified, a.AlarmVerified)
        assert (verified.result, verified.by) == ("undetermined", WANG)
        assert verified.evidence == (c.Evidence(kind="duress_code"),)
        assert isinstance(escalated, a.AlarmEscalated)
        assert escalated.rule == "duress"

    def test_one_key_is_enough_only_under_duress(self, desk: Desk) -> None:
        panic = desk.alarm(code="120").alarm
        desk.claim(panic)
        assert refusal(desk.escalate(panic, "duress"))[0] == "alarm.not_verified"

    def test_what_a_colleague_holds_is_not_taken_by_one_key(self, desk: Desk) -> None:
        alarm = desk.alarm(code="121").alarm
        desk.claim(alarm, LI)
        assert refusal(desk.escalate(alarm, "duress")) == ("alarm.not_yours", {"holder": "li"})

    def test_it_is_reported_once_however_often_the_key_is_pressed(self, desk: Desk) -> None:
        alarm = desk.alarm(code="121").alarm
        desk.escalate(alarm)
        assert refusal(desk.escalate(alarm))[0] == "alarm.already_escalated"

    def test_nobody_calls_the_site(self, desk: Desk) -> None:
        alarm = desk.alarm(code="121").alarm
        desk.claim(alarm)
        assert refusal(desk.verify(alarm))[0] == "duress.no_call"
        seen = desk.verify(alarm, evidence=(c.Evidence(kind="video"),))
        assert isinstance(seen.answer, Accepted)

    def test_a_call_is_no_offence_where_a_panic_button_was_pressed(self, desk: Desk) -> None:
        alarm = desk.alarm(code="120").alarm
        desk.claim(alarm)
        assert isinstance(desk.verify(alarm).answer, Accepted)

    def test_the_guard_stands_off_whatever_is_asked(self, desk: Desk) -> None:
        alarm = desk.alarm(code="121").alarm
        (ordered,) = desk.order_guard(alarm, stand_off=False).events
        assert isinstance(ordered, g.GuardOrdered)
        assert ordered.stand_off

    @pytest.mark.parametrize("code", ["406", "401", "441"])
    def test_a_disarm_or_a_cancel_neither_closes_nor_restores_it(self, desk: Desk, code: str) -> None:
        alarm = desk.alarm(code="121", zone="002").alarm
        before = desk.state.alarms[alarm], desk.state.happenings[alarm]
        desk.now += SECOND
        told = desk.told(desk.signal(code=code, zone="002"))
        assert [type(event) for event in told.events] == [a.SignalRecorded]
        desk.now += MINUTE
        desk.tick()
        after = desk.state.alarms[alarm], desk.state.happenings[alarm]
        assert (after[0].closed_at, after[1]) == (None, before[1])
        assert isinstance(desk.escalate(alarm).events[-1], a.AlarmEscalated)

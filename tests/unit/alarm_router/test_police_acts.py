"""What the record says of each act about a report to the police, who was first, and what makes an act new again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import police_track as pt
from services.contracts.envelope import Accepted, Already, Decision
from services.contracts.stored import Actor
from tests.unit.alarm_router.reporting import (
    OTHER,
    ZHOU,
    alarm_of,
    asked_again,
    asks,
    drilled,
    escalated,
    names_duplicate,
    phones,
    returns,
    stands_down,
    supplements,
    ticks,
    told_to_telephone,
    transfers,
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

Act = Callable[[Desk, str], Decision]
HERE = Actor(id="qian", roles=("police",), bureau=BUREAU)
THERE = Actor(id="sun", roles=("police",), bureau=OTHER)
OWN = Actor(id="zheng", roles=("operator",), provider="provider")
STAGES: list[Act] = [Desk.sign_for, Desk.dispatch, Desk.on_scene]


ADDITIONS: tuple[Callable[[Desk, str, Actor], Decision], ...] = (supplements, phones, stands_down)


def ends(desk: Desk, escalation: str) -> None:
    """The police sign for it and give their final feedback."""
    desk.sign_for(escalation)
    assert desk.feedback(escalation, disposition="valid", final=True).answer == Accepted()


def drills(desk: Desk, alarm: str) -> Decision:
    return desk.told(c.EscalateAlarm(**desk.head(ZHAO), alarm=alarm, mark="exercise"))


def is_asked_for_again(desk: Desk) -> bool:
    return any(asked_again(decision.events) for _, decision in ticks(desk, 10 * MINUTE))


def telephones(decision: Decision) -> bool:
    """Whether a supervisor is told that only a person can help."""
    return bool(told_to_telephone(decision.events))


class TestTheRecord:
    """Of every act: which report, whose act, in which words."""

    def about(self, desk: Desk, escalation: str) -> dict[str, Any]:
        return {"alarm": alarm_of(desk, escalation), "escalation": escalation}

    def test_of_a_signature_the_number_that_the_police_gave(self, desk: Desk, escalation: str) -> None:
        about = self.about(desk, escalation)
        assert desk.sign_for(escalation, number="A1").events == (
            a.EscalationSignedFor(**about, by=QIAN, police_incident_no="A1"),
        )

    def test_of_a_return_its_reason_and_words(self, desk: Desk, escalation: str) -> None:
        returned = asks(desk, pt.ReturnEscalation, escalation, QIAN, reason="outside_area", text=REASON)
        about = self.about(desk, escalation)
        assert returned.events[0] == pt.EscalationReturned(
            **about, by=QIAN, reason="outside_area", text=REASON
        )

    def test_of_a_transfer_both_bureaus_and_the_sending(self, desk: Desk, escalation: str) -> None:
        about = self.about(desk, escalation)
        assert transfers(desk, escalation).events == (
            pt.EscalationTransferred(**about, by=QIAN, bureau=BUREAU, to=OTHER, attempt=2),
        )

    def test_of_an_addition_its_own_id_and_text(self, desk: Desk, escalation: str) -> None:
        about = self.about(desk, escalation)
        acts: list[tuple[Act, pt.AdditionKind]] = [
            (supplements, "supplement"),
            (stands_down, "stand_down_request"),
        ]
        for attempt, (act, kind) in enumerate(acts, 2):
            added = act(desk, escalation)
            assert added.events == (
                pt.EscalationSupplemented(
                    **about,
                    bureau=BUREAU,
                    by=WANG,
                    addition=added.id,
                    kind=kind,
                    text=REASON,
                    attempt=attempt,
                ),
            )

    def test_of_a_telephone_call_who_was_told_and_when(self, desk: Desk, escalation: str) -> None:
        spoken_at = desk.now - MINUTE
        about = self.about(desk, escalation)
        phoned = phones(desk, escalation, spoken_at=spoken_at, police_incident_no="JQ-18")
        assert phoned.events == (
            pt.ReportedByPhone(
                **about, by=WANG, told=REASON, spoken_at=spoken_at, police_incident_no="JQ-18"
            ),
        )

    def test_of_what_is_added_to_a_drill_that_it_is_one(self, desk: Desk) -> None:
        drill = escalated(drilled(desk)).escalation
        (added,) = supplements(desk, drill, by=ZHAO).events
        assert isinstance(added, pt.EscalationSupplemented)
        assert (added.mark, added.bureau) == ("exercise", pt.TEST_BUREAU)

    def test_of_an_endpoints_answer_its_words_as_far_as_they_are_kept(
        self, desk: Desk, escalation: str
    ) -> None:
        answered = desk.answered(escalation, endpoint="e" * 300, detail="d" * 300, asked=True)
        assert answered.events == (
            a.EscalationDelivered(
                **self.about(desk, escalation),
                attempt=1,
                outcome="delivered",
                endpoint="e" * 200,
                detail="d" * 200,
                asked=True,
            ),
        )


class TestWhoWasFirst:
    def test_the_same_number_again_says_nothing(self, desk: Desk, escalation: str) -> None:
        desk.sign_for(escalation, number="A1")
        assert desk.sign_for(escalation, number="A1").answer == Already()

    def test_the_same_unit_again_says_nothing(self, desk: Desk, escalation: str) -> None:
        desk.dispatch(escalation, unit="0512")
        assert desk.dispatch(escalation, unit="0512").answer == Already()

    def test_a_return_for_another_reason_is_no_repetition(self, desk: Desk, escalation: str) -> None:
        returns(desk, escalation, reason="unclear")
        again = returns(desk, escalation, reason="outside_area")
        assert refusal(again) == ("escalation.returned", {"by": "qian"})
        assert refusal(returns(desk, escalation, ZHOU)) == ("escalation.returned", {"by": "qian"})

    def test_a_transfer_again_says_nothing_and_somebody_elses_is_refused(
        self, desk: Desk, escalation: str
    ) -> None:
        transfers(desk, escalation)
        assert transfers(desk, escalation).answer == Already()
        assert refusal(transfers(desk, escalation, THERE)) == ("escalation.same_bureau", {})

    def test_nothing_is_transferred_to_the_bureau_that_has_it(self, desk: Desk, escalation: str) -> None:
        assert refusal(transfers(desk, escalation, to=BUREAU)) == ("escalation.same_bureau", {})

    def test_another_number_for_the_call_is_no_repetition(self, desk: Desk, escalation: str) -> None:
        phones(desk, escalation, police_incident_no="JQ-18")
        assert phones(desk, escalation).answer == Already()
        other = phones(desk, escalation, police_incident_no="JQ-19")
        assert refusal(other) == ("escalation.reported_by_phone", {"by": "wang"})
        assert refusal(phones(desk, escalation, LI)) == ("escalation.reported_by_phone", {"by": "wang"})

    def test_another_duplicate_is_no_repetition(self, desk: Desk, escalation: str) -> None:
        names_duplicate(desk, escalation)
        other = names_duplicate(desk, escalation, number="JQ-18")
        assert refusal(other) == ("escalation.duplicate_of", {"by": "qian"})

    def test_the_providers_own_people_add_to_its_report(self, desk: Desk, escalation: str) -> None:
        for act in ADDITIONS:
            assert act(desk, escalation, OWN).answer == Accepted()

    def test_who_is_neither_operator_nor_supervisor_adds_nothing(self, desk: Desk, escalation: str) -> None:
        for act in ADDITIONS:
            assert refusal(act(desk, escalation, QIAN)) == ("role.missing", {"role": "operator"})


class TestWhenItIsOver:
    @pytest.mark.parametrize("act", [returns, transfers, names_duplicate, supplements, stands_down, phones])
    def test_nothing_follows_the_final_feedback(self, desk: Desk, escalation: str, act: Act) -> None:
        ends(desk, escalation)
        assert refusal(act(desk, escalation)) == ("escalation.final", {"by": "qian"})

    def test_who_asked_to_stand_down_is_named_even_then(self, desk: Desk, escalation: str) -> None:
        stands_down(desk, escalation)
        ends(desk, escalation)
        again = stands_down(desk, escalation, LI)
        assert refusal(again) == ("escalation.stand_down_requested", {"by": "wang"})

    def test_feedback_before_the_final_one_ends_nothing(self, desk: Desk, escalation: str) -> None:
        desk.sign_for(escalation)
        desk.feedback(escalation, disposition="valid")
        assert desk.feedback(escalation, disposition="false_alarm", final=True).answer == Accepted()


class TestReturned:
    """What was given back is nobody's there, until somebody there takes it up."""

    def test_it_is_not_asked_for_again(self, desk: Desk, escalation: str) -> None:
        returns(desk, escalation)
        assert not is_asked_for_again(desk)

    @pytest.mark.parametrize("stage", STAGES)
    def test_each_stage_may_happen_anew(self, desk: Desk, escalation: str, stage: Act) -> None:
        stage(desk, escalation)
        returns(desk, escalation)
        assert stage(desk, escalation).answer == Accepted()

    @pytest.mark.parametrize("stage", STAGES)
    def test_taken_up_by_any_stage_it_may_be_returned_again(
        self, desk: Desk, escalation: str, stage: Act
    ) -> None:
        returns(desk, escalation)
        stage(desk, escalation)
        again = returns(desk, escalation)
        assert (again.answer, telephones(again)) == (Accepted(), True)

    def test_feedback_waits_until_it_is_taken_up(self, desk: Desk, escalation: str) -> None:
        for stage in STAGES:
            stage(desk, escalation)
        returns(desk, escalation)
        assert refusal(desk.feedback(escalation)) == ("escalation.not_signed_for", {})


class TestTransferred:
    """The other bureau begins anew."""

    @pytest.mark.parametrize("stage", STAGES)
    def test_each_stage_happens_there_as_if_nothing_had(
        self, desk: Desk, escalation: str, stage: Any
    ) -> None:
        stage(desk, escalation, HERE)
        transfers(desk, escalation, HERE)
        assert refusal(desk.feedback(escalation, THERE)) == ("escalation.not_signed_for", {})
        assert stage(desk, escalation, THERE).answer == Accepted()

    def test_it_may_be_returned_and_told_by_telephone_there_too(self, desk: Desk, escalation: str) -> None:
        phones(desk, escalation)
        returns(desk, escalation, HERE)
        transfers(desk, escalation, HERE)
        assert phones(desk, escalation).answer == Accepted()
        assert returns(desk, escalation, THERE).answer == Accepted()

    def test_it_is_asked_for_until_somebody_there_acts_whatever_was_added_before(
        self, desk: Desk, escalation: str
    ) -> None:
        supplements(desk, escalation)
        phones(desk, escalation)
        transfers(desk, escalation)
        assert is_asked_for_again(desk)
        desk.sign_for(escalation, THERE)
        assert not is_asked_for_again(desk)

    def test_each_bureau_that_will_not_take_it_is_told_to_a_supervisor(
        self, desk: Desk, escalation: str
    ) -> None:
        assert telephones(desk.answered(escalation, "refused"))
        transfers(desk, escalation)
        assert telephones(desk.answered(escalation, "refused", attempt=2))
        assert not telephones(desk.answered(escalation, "refused", attempt=1))

    def test_days_later_it_is_asked_for_from_then_on(self, desk: Desk, escalation: str) -> None:
        desk.sign_for(escalation)
        desk.now += 3 * DAY
        transfers(desk, escalation)
        sent = [attempt for _, told in ticks(desk, 10 * MINUTE) for attempt in asked_again(told.events)]
        assert sent == [3, 4, 5]


class TestAdded:
    @pytest.mark.parametrize("stage", STAGES)
    def test_no_stage_says_that_it_was_read(self, desk: Desk, escalation: str, stage: Act) -> None:
        supplements(desk, escalation)
        assert stage(desk, escalation).answer == Accepted()
        assert is_asked_for_again(desk)

    def test_nor_does_feedback(self, desk: Desk, escalation: str) -> None:
        desk.sign_for(escalation)
        supplements(desk, escalation)
        desk.feedback(escalation)
        assert is_asked_for_again(desk)

    def test_fifty_times_and_no_more(self, desk: Desk, escalation: str) -> None:
        for _ in range(50):
            assert supplements(desk, escalation).answer == Accepted()
        for act in (supplements, stands_down):
            assert refusal(act(desk, escalation)) == ("escalation.too_many_additions", {"most": "50"})

    def test_that_nobody_knows_of_an_earlier_sending_is_not_said_again(
        self, desk: Desk, escalation: str
    ) -> None:
        desk.answered(escalation, "unknown")
        supplements(desk, escalation)
        assert desk.answered(escalation, "unknown").answer == Already()
        assert desk.answered(escalation, "unknown", attempt=2).answer == Accepted()


class TestLimits:
    def test_a_call_may_be_a_minute_ahead_as_clocks_differ(self, desk: Desk, escalation: str) -> None:
        late = phones(desk, escalation, spoken_at=desk.now + MINUTE + 1)
        assert refusal(late) == ("escalation.call_ahead", {})
        assert phones(desk, escalation, spoken_at=desk.now + MINUTE).answer == Accepted()

    def test_a_receipt_is_taken_for_six_days_to_the_microsecond(self, desk: Desk, escalation: str) -> None:
        desk.now += 6 * DAY
        assert desk.answered(escalation).answer == Accepted()
        desk.now += 1
        assert refusal(desk.answered(escalation, "refused"))[0] == "too_old"

    def test_what_had_arrived_and_is_refused_when_it_comes_again_is_told_to_a_supervisor(
        self, desk: Desk, escalation: str
    ) -> None:
        desk.now += 31 * SECOND
        desk.tick()
        desk.answered(escalation)
        assert telephones(desk.answered(escalation, "refused", attempt=2))
        assert not telephones(desk.answered(escalation, "refused", attempt=1))


class TestDrills:
    def test_a_second_drill_and_one_beside_the_real_report_are_refused(self, desk: Desk) -> None:
        drill = escalated(drilled(desk))
        assert refusal(drills(desk, drill.alarm)) == (
            "alarm.already_escalated",
            {"escalation": drill.escalation},
        )
        real = escalated(desk.escalate(drill.alarm, by=ZHAO))
        assert refusal(drills(desk, drill.alarm)) == (
            "alarm.already_escalated",
            {"escalation": real.escalation},
        )

"""The police track: delivered or asked for again, signed for, dispatched, on scene, answered with feedback."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.alarm_router.domain import answering
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts.codec import decode_decision, encode
from services.contracts.envelope import Accepted, Already, Decision, Event, Refused, Tick
from services.contracts.stored import Actor
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from tests.unit.alarm_router.reporting import ZHOU, alarm_of, asked_again, reported, ticks, told_to_telephone
from tests.unit.alarm_router.saying import (
    BUREAU,
    DAY,
    LAW,
    MINUTE,
    QIAN,
    REASON,
    SECOND,
    SITE,
    WANG,
    Desk,
    refusal,
)

ELSEWHERE = Actor(id="wu", roles=("police",), bureau="another")
Done = Callable[[str, Actor], Decision]


def acts(desk: Desk) -> tuple[tuple[Done, str], ...]:
    """What is done once, and how the refusal of a second one begins."""
    return (
        (desk.sign_for, "escalation.signed_for"),
        (desk.dispatch, "escalation.dispatched"),
        (desk.on_scene, "escalation.on_scene"),
    )


def test_of_an_alarm_that_was_not_reported_there_is_nothing_to_sign_for(desk: Desk, alarm: str) -> None:
    signs = c.SignForEscalation(**desk.head(QIAN), escalation="none")
    answer, events = answering.answer(desk.state.alarms[alarm], signs, "", desk.now)
    assert (answer, events) == (Refused(reason="escalation.unknown"), ())


def test_the_police_send_somebody_who_arrives_and_tells(desk: Desk, escalation: str) -> None:
    alarm = alarm_of(desk, escalation)
    desk.sign_for(escalation)
    assert desk.dispatch(escalation, unit="0512").events == (
        a.PoliceDispatched(alarm=alarm, escalation=escalation, by=QIAN, unit="0512"),
    )
    assert desk.on_scene(escalation).events == (a.PoliceOnScene(alarm=alarm, escalation=escalation, by=QIAN),)
    assert desk.feedback(escalation, disposition="valid", final=True).events == (
        a.FeedbackGiven(
            alarm=alarm, escalation=escalation, by=QIAN, text=REASON, disposition="valid", final=True
        ),
    )


def test_where_the_telephone_was_quicker_stages_are_skipped(desk: Desk) -> None:
    first, second = reported(desk), reported(desk, "120")
    assert desk.dispatch(first).answer == Accepted()
    assert desk.on_scene(second).answer == Accepted()
    assert desk.sign_for(second).answer == Accepted()


def test_each_stage_happens_once_and_its_repetition_says_nothing(desk: Desk, escalation: str) -> None:
    for act, _ in acts(desk):
        assert act(escalation, QIAN).answer == Accepted()
        again = act(escalation, QIAN)
        assert (again.answer, again.events) == (Already(), ())


def test_a_colleague_is_told_who_was_first(desk: Desk, escalation: str) -> None:
    for act, reason in acts(desk):
        act(escalation, QIAN)
        assert refusal(act(escalation, ZHOU)) == (reason, {"by": "qian"})


def test_another_incident_number_or_unit_is_no_repetition(desk: Desk, escalation: str) -> None:
    desk.sign_for(escalation, number="A1")
    assert desk.sign_for(escalation).answer == Already()
    assert refusal(desk.sign_for(escalation, number="A2")) == ("escalation.signed_for", {"by": "qian"})
    desk.dispatch(escalation, unit="0512")
    assert refusal(desk.dispatch(escalation, unit="0513")) == ("escalation.dispatched", {"by": "qian"})


def test_feedback_comes_as_often_as_there_is_something_to_tell(desk: Desk, escalation: str) -> None:
    desk.sign_for(escalation)
    for _ in range(3):
        assert desk.feedback(escalation).answer == Accepted()


def test_nobody_tells_about_what_nobody_took_note_of(desk: Desk, escalation: str) -> None:
    assert refusal(desk.feedback(escalation))[0] == "escalation.not_signed_for"
    desk.dispatch(escalation)
    assert desk.feedback(escalation).answer == Accepted()


def test_a_final_feedback_names_the_disposition(desk: Desk, escalation: str) -> None:
    desk.sign_for(escalation)
    assert refusal(desk.feedback(escalation, final=True))[0] == "escalation.disposition_needed"
    assert desk.feedback(escalation, disposition="unfounded", final=True).answer == Accepted()


def test_after_the_final_feedback_nothing_follows(desk: Desk, escalation: str) -> None:
    desk.sign_for(escalation)
    desk.feedback(escalation, disposition="valid", final=True)
    for act in (desk.dispatch, desk.on_scene, desk.feedback):
        assert refusal(act(escalation)) == ("escalation.final", {"by": "qian"})
    assert desk.feedback(escalation, disposition="valid", final=True).answer == Already()
    changed = desk.feedback(escalation, disposition="false_alarm", final=True)
    assert refusal(changed)[0] == "escalation.final"
    assert desk.sign_for(escalation).answer == Already()


@pytest.mark.parametrize("act", ["sign_for", "dispatch", "on_scene", "feedback"])
def test_only_the_police_of_that_bureau_act(desk: Desk, escalation: str, act: str) -> None:
    assert refusal(getattr(desk, act)(escalation, WANG)) == ("role.missing", {"role": "police"})
    assert refusal(getattr(desk, act)(escalation, ELSEWHERE))[0] == "scope.not_visible"
    assert refusal(getattr(desk, act)("none"))[0] == "escalation.unknown"


def test_what_lies_in_no_known_area_is_signed_for_by_any_bureau() -> None:
    desk = Desk()
    assert desk.sign_for(reported(desk), ELSEWHERE).answer == Accepted()


def test_the_police_go_on_when_the_centre_has_closed_its_alarm(desk: Desk, escalation: str) -> None:
    desk.close(alarm_of(desk, escalation))
    for act, _ in acts(desk):
        assert act(escalation, QIAN).answer == Accepted()
    assert desk.feedback(escalation, disposition="valid", final=True).answer == Accepted()


# --- Delivery ---


def test_a_report_that_nobody_answers_is_sent_again(desk: Desk, escalation: str) -> None:
    found = ticks(desk, 12 * MINUTE)
    sent = [(after, attempt) for after, decision in found for attempt in asked_again(decision.events)]
    assert sent == [(30, 2), (90, 3), (390, 4), (690, 5)]
    again = found[0][1].events
    assert again == (
        a.EscalationAskedAgain(
            alarm=alarm_of(desk, escalation), escalation=escalation, bureau=BUREAU, attempt=2
        ),
    )


def test_at_the_third_sending_a_supervisor_is_told_once(desk: Desk, escalation: str) -> None:
    said = [(after, code) for after, d in ticks(desk, 12 * MINUTE) for code in told_to_telephone(d.events)]
    assert said == [(90, "escalation.undelivered")]
    assert escalation


def test_two_reports_of_one_tick_are_two_alarms_for_a_supervisor(desk: Desk) -> None:
    reported(desk)
    other = desk.alarm(subject="site-b").alarm
    for command in (
        c.ClaimAlarm(**{**desk.head(WANG), "subject": "site-b"}, alarm=other),
        c.VerifyAlarm(
            **{**desk.head(WANG), "subject": "site-b"},
            alarm=other,
            result="confirmed",
            evidence=(c.Evidence(kind="call"),),
        ),
        c.EscalateAlarm(**{**desk.head(WANG), "subject": "site-b"}, alarm=other),
    ):
        assert desk.told(command).answer == Accepted()
    desk.now += 30 * SECOND
    desk.tick()
    desk.now += 60 * SECOND
    decision = desk.tick()
    assert decision is not None
    raised = [event for event in decision.events if isinstance(event, a.AlarmRaised)]
    assert [event.subject for event in raised] == [SITE, "site-b"]
    assert len({event.alarm for event in raised}) == len({event.number for event in raised}) == 2


def test_a_signal_that_comes_meanwhile_has_a_number_of_its_own(desk: Desk, escalation: str) -> None:
    desk.now += 30 * SECOND
    desk.tick()
    desk.now += 60 * SECOND
    events = desk.told(desk.signal(code="120")).events
    raised = [event for event in events if isinstance(event, a.AlarmRaised)]
    assert [event.class_ for event in raised] == ["system", "panic"]
    assert len({event.number for event in raised}) == 2
    assert escalation in desk.state.escalations


def test_it_is_sent_for_a_day_and_no_longer(desk: Desk, escalation: str) -> None:
    attempts: list[int] = []
    for _ in range(2 * DAY // (5 * MINUTE)):
        desk.now += 5 * MINUTE
        decision = desk.tick()
        attempts += asked_again(decision.events) if decision is not None else []
    assert attempts == list(range(2, 290))
    assert desk.state.alarms[alarm_of(desk, escalation)].escalation is not None


def test_after_two_days_away_it_is_sent_once_more_and_a_supervisor_told(desk: Desk, escalation: str) -> None:
    desk.now += 2 * DAY
    decision = desk.tick()
    assert decision is not None
    assert asked_again(decision.events) == [2]
    assert told_to_telephone(decision.events) == ["escalation.undelivered"]
    assert not [d for _, d in ticks(desk, 6 * MINUTE) if asked_again(d.events)]
    assert escalation in desk.state.escalations


def test_a_crash_forgets_no_sending(desk: Desk, escalation: str) -> None:
    desk.now += 31 * SECOND
    desk.tick()
    again: Partition[State] = Partition(AlarmRouter(LAW), 0, "1.0")
    for offset, value in enumerate(desk.values):
        again.fold(Record(offset, desk.now, value))
    assert again.state == desk.state
    tick = encode(Tick(sender="router", sent_at=desk.now + MINUTE))
    sealed = again.decide(Record(1000, desk.now + MINUTE, tick))
    assert sealed is not None
    assert asked_again(decode_decision(sealed).events) == [3]
    assert escalation in again.state.escalations


def test_a_receipt_ends_the_asking(desk: Desk, escalation: str) -> None:
    delivered = desk.answered(escalation)
    assert (delivered.answer, delivered.events) == (
        Accepted(),
        (
            a.EscalationDelivered(
                alarm=alarm_of(desk, escalation),
                escalation=escalation,
                attempt=1,
                outcome="delivered",
                endpoint="https://110.example",
            ),
        ),
    )
    assert not ticks(desk, 2 * MINUTE)


@pytest.mark.parametrize("act", ["sign_for", "dispatch", "on_scene"])
def test_whoever_acts_on_it_has_it(desk: Desk, escalation: str, act: str) -> None:
    getattr(desk, act)(escalation)
    assert not ticks(desk, 2 * MINUTE)


def test_the_same_receipt_again_says_nothing(desk: Desk, escalation: str) -> None:
    desk.answered(escalation)
    again = desk.answered(escalation)
    assert (again.answer, again.events) == (Already(), ())


def test_a_late_receipt_of_an_earlier_sending_is_kept(desk: Desk, escalation: str) -> None:
    desk.now += 31 * SECOND
    desk.tick()
    assert desk.answered(escalation, attempt=2).answer == Accepted()
    assert desk.answered(escalation, attempt=1).answer == Accepted()


def test_a_refusal_tells_a_supervisor_to_telephone_once(desk: Desk, escalation: str) -> None:
    desk.now += 31 * SECOND
    desk.tick()
    assert told_to_telephone(desk.answered(escalation, "refused").events) == ["escalation.refused"]
    assert told_to_telephone(desk.answered(escalation, "refused", attempt=2).events) == []
    assert not [d for _, d in ticks(desk, 10 * MINUTE) if asked_again(d.events)]


def test_the_receipt_of_a_sending_that_a_tick_asked_for_is_known_by_the_subject_of_that_tick(
    desk: Desk, escalation: str
) -> None:
    desk.now += 31 * SECOND
    asked = desk.tick()
    assert asked is not None
    assert asked.subject == "partition/0"
    assert desk.answered(escalation, attempt=2, subject=asked.subject).answer == Accepted()
    assert not [d for _, d in ticks(desk, 10 * MINUTE) if asked_again(d.events)]


def test_a_receipt_that_fits_no_sending_is_refused(desk: Desk, escalation: str) -> None:
    for attempt in (0, 2):
        refused = refusal(desk.answered(escalation, attempt=attempt))
        assert refused == ("escalation.attempt_unknown", {"attempts": "1"})
    assert refusal(desk.answered("none"))[0] == "escalation.unknown"
    assert refusal(desk.answered(escalation, subject="site-b"))[0] == "escalation.unknown"


def test_a_receipt_of_a_week_ago_is_too_old(desk: Desk, escalation: str) -> None:
    desk.now += 6 * DAY + SECOND
    assert refusal(desk.answered(escalation))[0] == "too_old"


def test_a_closed_alarm_is_still_to_be_delivered_and_an_archived_one_no_more(
    desk: Desk, escalation: str
) -> None:
    alarm = alarm_of(desk, escalation)
    desk.close(alarm)
    assert [asked_again(d.events) for _, d in ticks(desk, MINUTE)] == [[2]]
    desk.now += 7 * DAY
    decision = desk.tick()
    assert decision is not None
    assert decision.events == (a.AlarmArchived(alarm=alarm),)
    assert not desk.state.escalations
    assert not desk.state.deadlines
    assert desk.tick() is None
    assert refusal(desk.answered(escalation))[0] == "escalation.unknown"


def test_a_deadline_that_moved_away_and_back_fires_once(desk: Desk, escalation: str) -> None:
    alarm = alarm_of(desk, escalation)
    desk.now += 30 * SECOND
    desk.tick()
    for _ in range(3):
        desk.release(alarm)  # its claim falls due before the next sending
        desk.claim(alarm)
    desk.now += 60 * SECOND
    decision = desk.tick()
    assert decision is not None
    assert asked_again(decision.events) == [3]


def test_two_reports_of_a_site_that_nobody_answers_are_one_alarm_for_the_supervisor(desk: Desk) -> None:
    reported(desk)
    reported(desk, "120")
    said: list[Event] = []
    for _ in range(2):
        desk.now += 130 * SECOND
        decision = desk.tick()
        assert decision is not None
        said += decision.events
    assert sum(isinstance(event, a.EscalationAskedAgain) for event in said) == 4
    assert told_to_telephone(said) == ["escalation.undelivered"]

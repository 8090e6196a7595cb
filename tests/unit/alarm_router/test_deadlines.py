"""What time brings: whose deadlines a record fires, how many a tick does, and what becomes of one that cannot be judged."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from services.contracts import alarm as a
from services.contracts import interruption as i
from services.contracts.envelope import Event
from tests.unit.alarm_router.reporting import reported
from tests.unit.alarm_router.saying import MINUTE, SECOND, SITE, ZHAO, Desk

LONG = "x" * 300


class Unjudgeable(int):
    """An instant that stands in the queue like any other; whoever asks whether it has come falls over."""

    def __add__(self, _: int) -> Unjudgeable:
        return self

    def __le__(self, _: int) -> bool:
        raise ValueError(LONG)

    def __gt__(self, _: int) -> bool:
        raise ValueError(LONG)


def system_alarms(events: tuple[Event, ...]) -> list[a.AlarmRaised]:
    return [event for event in events if isinstance(event, a.AlarmRaised) and event.class_ == "system"]


def broken_alarm(desk: Desk, subject: str = SITE, code: str = "130") -> str:
    """An alarm whose claim cannot be judged."""
    alarm = desk.alarm(subject=subject, code=code)
    held = desk.state.alarms[alarm.alarm]
    desk.state.alarms[alarm.alarm] = replace(held, claim_due=Unjudgeable(alarm.claim_due))
    return alarm.alarm


def broken_interruption(desk: Desk) -> str:
    """An interruption whose settling cannot be judged, of an alarm that is taken."""
    decision = desk.told(desk.signal(code="301"))
    began = decision.events[-1]
    assert isinstance(began, i.InterruptionBegan)
    desk.claim(began.fact.alarm or "")
    held = desk.state.book.held[began.interruption]
    desk.state.book.held[held.id] = replace(held, settles_at=Unjudgeable(held.settles_at))
    return held.id


def broken_window(desk: Desk) -> str:
    """A window of which nobody can say whether it is to be forgotten."""
    opened = desk.told(
        i.OpenMaintenanceWindow(
            **desk.head(ZHAO), kind="maintenance", from_us=desk.now, until_us=desk.now + MINUTE
        )
    ).events[0]
    assert isinstance(opened, i.MaintenanceWindowOpened)
    window = desk.state.book.windows[opened.window]
    when = Unjudgeable(desk.now + MINUTE)
    desk.state.book.windows[window.id] = replace(window, until_us=when)
    heapq.heappush(desk.state.deadlines, (int(when), "window", window.id))
    return window.id


class TestWhose:
    def test_a_record_fires_none_of_another_subjects_deadlines(self, desk: Desk) -> None:
        desk.alarm()
        desk.now += MINUTE
        recorded, raised = desk.told(desk.signal(subject="site-b")).events
        assert isinstance(recorded, a.SignalRecorded) and isinstance(raised, a.AlarmRaised)
        assert (raised.subject, raised.class_) == ("site-b", "burglary")

    def test_a_record_fires_what_its_own_subjects_interruptions_wait_for(self, desk: Desk) -> None:
        decision = desk.told(desk.signal(code="301"))
        raised = next(event for event in decision.events if isinstance(event, a.AlarmRaised))
        desk.claim(raised.alarm)
        desk.now += 10 * MINUTE
        events = desk.told(desk.signal(code="401")).events
        assert [type(event) for event in events] == [i.InterruptionSettled, a.SignalRecorded]

    def test_what_is_over_and_kept_for_a_week_hides_nothing_that_its_subjects_record_fires(
        self, desk: Desk
    ) -> None:
        for _ in range(100):
            desk.told(desk.signal(code="306"))
            desk.after(10 * MINUTE)
        desk.told(desk.signal(code="301"))
        desk.now += 10 * MINUTE
        events = desk.told(desk.signal(code="401")).events
        assert i.InterruptionSettled in [type(event) for event in events]

    def test_what_is_not_yet_due_is_fired_by_nothing(self, desk: Desk) -> None:
        first = desk.alarm()
        desk.now += 10 * SECOND
        second = desk.alarm(code="110")
        desk.now = first.claim_due
        events = desk.told(desk.signal(code="401")).events
        assert events[0] == a.ClaimFellDue(alarm=first.alarm)
        assert a.ClaimFellDue(alarm=second.alarm) not in events

    def test_a_tick_fires_the_earliest_first_and_only_what_is_due(self, desk: Desk) -> None:
        raised = []
        for number in range(3):
            raised.append(desk.alarm(subject=f"site-{number}").alarm)
            desk.now += SECOND
        assert desk.after(28 * SECOND) == (a.ClaimFellDue(alarm=raised[0]), a.ClaimFellDue(alarm=raised[1]))
        assert desk.after(SECOND) == (a.ClaimFellDue(alarm=raised[2]),)

    def test_a_deadline_that_was_put_off_behind_one_that_waits_is_fired_once(self, desk: Desk) -> None:
        first = desk.alarm(subject="site-b").alarm
        desk.now += SECOND
        second = desk.alarm().alarm
        desk.now += SECOND
        desk.claim(second)
        desk.release(second)
        assert desk.after(MINUTE) == (a.ClaimFellDue(alarm=first), a.ClaimFellDue(alarm=second))

    def test_what_was_closed_and_is_kept_for_a_week_stands_in_the_way_of_nothing_that_is_due(
        self, desk: Desk
    ) -> None:
        for _ in range(100):
            closed = desk.alarm(code="121").alarm
            desk.claim(closed)
            desk.close(closed)
        waits = desk.alarm(subject="site-b").alarm
        assert desk.after(30 * SECOND) == (a.ClaimFellDue(alarm=waits),)


class TestWhatCannotBeJudged:
    @pytest.mark.parametrize(
        ("broken", "kind"),
        [(broken_alarm, "alarm"), (broken_interruption, "interruption"), (broken_window, "window")],
    )
    def test_it_is_told_to_a_supervisor_and_not_tried_again(
        self, desk: Desk, broken: Callable[[Desk], str], kind: str
    ) -> None:
        name = broken(desk)
        failed, told = desk.after(10 * MINUTE)
        error = repr(ValueError(LONG))[:200]
        assert failed == a.DeadlineFailed(alarm=name, subject=SITE, kind=kind, error=error)
        assert isinstance(told, a.AlarmRaised)
        assert (told.subject, told.class_, told.code) == (SITE, "system", "deadline.failed")
        assert a.DeadlineFailed not in map(type, desk.after(MINUTE))
        desk.alarm(subject="site-b")
        desk.now += MINUTE
        assert a.DeadlineFailed not in map(type, desk.told(desk.signal(code="401")).events)

    def test_several_of_one_site_are_one_alarm_and_those_of_two_sites_are_two(self, desk: Desk) -> None:
        for subject, code in ((SITE, "130"), ("site-b", "130"), (SITE, "110")):
            broken_alarm(desk, subject, code)
        events = desk.after(MINUTE)
        assert sum(isinstance(event, a.DeadlineFailed) for event in events) == 3
        assert sorted(alarm.subject for alarm in system_alarms(events)) == [SITE, "site-b"]

    def test_what_nobody_answered_and_what_cannot_be_judged_are_numbered_one_after_the_other(
        self, desk: Desk
    ) -> None:
        reported(desk)
        desk.now += 30 * SECOND
        desk.tick()
        broken_alarm(desk, "site-b")
        told = system_alarms(desk.after(60 * SECOND))
        assert [alarm.code for alarm in told] == ["escalation.undelivered", "deadline.failed"]
        assert [alarm.number.rpartition("-")[2] for alarm in told] == ["1", "2"]

    def test_a_later_deadline_of_the_same_is_judged(self, desk: Desk) -> None:
        alarm = broken_alarm(desk)
        desk.after(MINUTE)
        desk.claim(alarm)
        desk.release(alarm)
        assert a.ClaimFellDue(alarm=alarm) in desk.after(30 * SECOND)

    def test_the_others_of_the_same_tick_are_judged(self, desk: Desk) -> None:
        broken_alarm(desk)
        other = desk.alarm(subject="site-b")
        assert a.ClaimFellDue(alarm=other.alarm) in desk.after(MINUTE)

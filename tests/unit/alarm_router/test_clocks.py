"""Whether clocks are believed: the broker's stamps, and the host's."""

from __future__ import annotations

import pytest

from services.alarm_router.domain.clock import AHEAD_US, MOST_HOSTS, judge_stamp
from services.contracts import alarm as a
from services.contracts.envelope import Already, Decision, Event, Tick
from services.contracts.reports import HostClockMeasured
from tests.unit.alarm_router.saying import MINUTE, NOW, SECOND, Desk

HOST = "host/station-1"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def late(desk: Desk, sender: str, by: int = MINUTE + 1) -> tuple[Event, ...]:
    """A signal whose sender says that it is earlier than the broker's stamp."""
    return desk.told(desk.signal(sender=sender, sent_at=desk.now - by, code="401")).events[1:]


def faulted(events: tuple[Event, ...]) -> list[tuple[str, ...]]:
    return [event.senders for event in events if isinstance(event, a.ClockFaulted)]


def alarms(events: tuple[Event, ...]) -> list[str]:
    return [event.code for event in events if isinstance(event, a.AlarmRaised)]


def test_stamps_ahead_of_three_senders_are_a_fault_that_a_supervisor_hears_of(desk: Desk) -> None:
    said = [late(desk, sender) for sender in ("ingest", "ingest", "web", "registry", "police_link")]
    assert [faulted(events) for events in said] == [
        [("ingest",)],
        [],
        [("ingest", "web")],
        [("ingest", "web", "registry")],
        [],
    ]
    assert [alarms(events) for events in said] == [[], [], [], ["clock.fault"], []]


def test_the_alarm_about_the_clock_has_a_number_of_its_own(desk: Desk) -> None:
    late(desk, "ingest")
    late(desk, "web")
    decision = desk.told(desk.signal(sender="registry", sent_at=desk.now - MINUTE - 1))
    raised = [event for event in decision.events if isinstance(event, a.AlarmRaised)]
    assert [event.class_ for event in raised] == ["burglary", "system"]
    assert len({event.number for event in raised}) == 2


def test_a_minute_is_allowed(desk: Desk) -> None:
    assert late(desk, "ingest", by=MINUTE) == ()


def test_the_clock_is_trusted_when_a_sender_agrees_again(desk: Desk) -> None:
    for sender in ("ingest", "web", "registry"):
        late(desk, sender)
    assert late(desk, "police_link", by=0) == ()
    assert late(desk, "web", by=0) == (a.ClockTrusted(),)
    assert late(desk, "web", by=0) == ()
    assert faulted(late(desk, "web")) == [("web",)]


def test_a_tick_that_has_nothing_to_say_says_what_it_shows_of_the_clock(desk: Desk) -> None:
    decision = desk.told(Tick(sender="router", sent_at=NOW - 2 * MINUTE))
    assert decision.events == (a.ClockFaulted(senders=("router",)),)
    assert desk.hears(desk_tick(NOW - 2 * MINUTE)) is None


def desk_tick(sent_at: int) -> bytes:
    return f'{{"type":"tick.v1","sender":"router","sent_at":{sent_at}}}'.encode()


def test_what_is_not_believed_moves_no_deadline(desk: Desk) -> None:
    alarm = desk.alarm()
    desk.now += 7 * 1440 * MINUTE
    decision = desk.told(desk.signal(code="401", sent_at=alarm.received_at, subject="site-b"))
    assert decision.time == alarm.received_at + MINUTE


def measured(desk: Desk, offset_us: int = 0, *, synchronised: bool = True, subject: str = HOST) -> Decision:
    desk.now += MINUTE
    return desk.told(
        HostClockMeasured(
            sender="router",
            sent_at=desk.now,
            subject=subject,
            synchronised=synchronised,
            offset_us=offset_us,
            error_us=500,
        )
    )


def verdicts(decision: Decision) -> list[tuple[bool, bool]]:
    return [
        (event.is_good, event.synchronised)
        for event in decision.events
        if isinstance(event, a.HostClockNoted)
    ]


def test_a_hosts_clock_is_noted_when_its_verdict_changes(desk: Desk) -> None:
    assert verdicts(measured(desk)) == [(True, True)]
    same = measured(desk, offset_us=-SECOND)
    assert (same.answer, same.events) == (Already(), ())
    bad = measured(desk, offset_us=-SECOND - 1)
    assert (verdicts(bad), alarms(bad.events)) == ([(False, True)], ["clock.host"])
    assert not measured(desk, offset_us=5 * SECOND).events
    good = measured(desk)
    assert (verdicts(good), alarms(good.events)) == ([(True, True)], [])


def test_a_clock_that_nothing_disciplines_is_an_alarm_at_the_second_report(desk: Desk) -> None:
    measured(desk)
    first, second, third = (measured(desk, synchronised=False) for _ in range(3))
    assert (verdicts(first), alarms(first.events)) == ([(True, False)], [])
    assert (verdicts(second), alarms(second.events)) == ([(False, False)], ["clock.host"])
    assert not third.events


def test_a_daemon_that_restarts_is_no_alarm(desk: Desk) -> None:
    said = [measured(desk, synchronised=synchronised) for synchronised in (True, False, True, False, True)]
    assert not any(alarms(decision.events) for decision in said)


def test_the_same_report_twice_is_not_two_in_a_row(desk: Desk) -> None:
    measured(desk, synchronised=False)
    desk.now -= MINUTE
    assert not measured(desk, synchronised=False).events


def test_of_many_hosts_those_are_remembered_of_which_something_was_noted_last(desk: Desk) -> None:
    for number in range(MOST_HOSTS):
        measured(desk, subject=f"host/{number}")
    measured(desk, 5 * SECOND, subject="host/0")
    measured(desk, subject="host/new")
    assert list(desk.state.hosts) == [
        *(f"host/{number}" for number in range(2, MOST_HOSTS)),
        "host/0",
        "host/new",
    ]


def test_a_stamp_at_the_very_bound_is_believed() -> None:
    assert judge_stamp((), "web", AHEAD_US) is None
    assert judge_stamp((), "web", AHEAD_US + 1) == a.ClockFaulted(senders=("web",))
    assert judge_stamp(("web",), "web", AHEAD_US) == a.ClockTrusted()

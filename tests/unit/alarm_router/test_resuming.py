"""A log that goes on from a copy: its new name, what is asked for, and what people are told of each alarm."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from services.alarm_router.domain import resuming
from services.alarm_router.domain.identity import derived, spoken
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.resuming import resume
from services.alarm_router.handlers.shadowing import Shadowing
from services.contracts import alarm as a
from services.contracts.codec import decode_decision, encode
from services.contracts.envelope import Decision, LogResumed, Refused, Tick
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.eventsourcing.shadow import Shadow
from tests.unit.alarm_router.saying import LAW, LOG_ID, MINUTE, NOW, SECOND, WANG, Desk

NEW_ID = "0190d0e0-0000-7000-8000-00000000ffff"
HOUR = 60 * MINUTE


class Copied:
    """A desk's log and inbox as they were copied, in which it goes on."""

    def __init__(self, desk: Desk, *, decided: int | None = None) -> None:
        """`decided`: how many records of the log the copy has; the inbox was copied later, and is whole."""
        self.desk = desk
        self.inbox, self.events = MemoryEventLog(lambda: NOW), MemoryEventLog(lambda: NOW)
        self.inbox.records = list(desk.heard)
        self.events.put(desk.values[:decided])

    async def resumed(self, name: str = NEW_ID) -> int:
        """Say so; the offset at which it stands."""
        return await resume(
            0, inbox=self.inbox, events=self.events, log_id=name, copied_at=NOW + SECOND, code="1.0"
        )

    def folded(self) -> Partition[State]:
        """What anybody who reads the log knows."""
        owned: Partition[State] = Partition(AlarmRouter(LAW), 0, "1.0")
        for record in self.events.records:
            owned.fold(record)
        return owned

    def decisions(self, first: int) -> list[Decision]:
        """From an offset on."""
        return [decode_decision(record.value) for record in self.events.records[first:]]

    def ticks(self, now: int) -> Decision | None:
        """What time has brought."""
        at = len(self.inbox.records)
        value = self.folded().decide(Record(at, now, encode(Tick(sender="router", sent_at=now))))
        return None if value is None else decode_decision(value)

    def goes_on(self) -> Sequence[Decision]:
        """What the router decides next of what the copied inbox still holds."""
        owned, first = self.folded(), len(self.events.records)
        for record in self.inbox.records[owned.source.offset + 1 :]:
            value = owned.decide(record)
            if value is not None:
                self.events.put([value])
        return self.decisions(first)


def of(decisions: Sequence[Decision], kind: type[a.AlarmEvent]) -> list[a.AlarmEvent]:
    return [event for one in decisions for event in one.events if isinstance(event, kind)]


async def test_the_log_has_a_new_name_and_says_what_it_was_and_how_far_the_copy_goes() -> None:
    desk = Desk()
    desk.alarm()
    copied = Copied(desk)
    at = await copied.resumed()
    assert at == len(desk.values)
    (decision,) = copied.decisions(at)
    assert decision.events[0] == LogResumed(
        log_id=NEW_ID, before=LOG_ID, copied_at=NOW + SECOND, inbox_end=len(desk.heard)
    )
    before = decode_decision(desk.values[-1])
    assert (decision.lies_at, decision.source, decision.time) == (at, before.source, before.time)
    assert copied.folded().state.log_id == NEW_ID


async def test_a_log_of_which_nothing_was_decided_goes_on_too() -> None:
    copied = Copied(Desk())
    await copied.resumed()
    assert copied.folded().source.offset == -1


async def test_what_the_inbox_still_holds_is_decided_under_ids_that_the_lost_part_did_not_have() -> None:
    desk = Desk()
    desk.registered()
    known = len(desk.values)
    raised = desk.alarm()
    desk.claim(raised.alarm)
    copied = Copied(desk, decided=known)
    await copied.resumed()
    (again,) = of(copied.goes_on(), a.AlarmRaised)
    assert isinstance(again, a.AlarmRaised)
    assert again.alarm != raised.alarm
    assert (again.account, again.received_at) == (raised.account, raised.received_at)


async def test_every_open_alarm_says_that_what_was_done_since_is_lost() -> None:
    desk = Desk()
    shut, waits = desk.alarm(), desk.alarm(subject="site-b")
    desk.claim(shut.alarm)
    desk.close(shut.alarm)
    copied = Copied(desk)
    assert of(copied.decisions(await copied.resumed()), a.AlarmResumed) == [a.AlarmResumed(alarm=waits.alarm)]


async def test_so_does_what_is_raised_of_the_copied_inbox_and_nothing_that_comes_later() -> None:
    desk = Desk()
    known = len(desk.values)
    desk.alarm()
    copied = Copied(desk, decided=known)
    await copied.resumed()
    copied.inbox.put([encode(desk.signal(subject="site-b"))])
    raised = of(decisions := copied.goes_on(), a.AlarmRaised)
    first, second = (one for one in raised if isinstance(one, a.AlarmRaised) and one.class_ != "system")
    assert of(decisions, a.AlarmResumed) == [a.AlarmResumed(alarm=first.alarm)]
    assert second.subject == "site-b"


async def test_supervisors_are_told_once_for_all_partitions() -> None:
    copied = Copied(Desk())
    (alarm,) = of(copied.decisions(await copied.resumed()), a.AlarmRaised)
    assert isinstance(alarm, a.AlarmRaised)
    assert (alarm.class_, alarm.code) == ("system", resuming.RESUMED)


@pytest.mark.parametrize(("source", "named"), [(7, 7), (0, 0), (-1, 0)])
def test_by_the_record_of_the_first_partition_alone_under_the_new_name(source: int, named: int) -> None:
    event = LogResumed(log_id=NEW_ID, before=LOG_ID, copied_at=NOW, inbox_end=9)
    others = State(partition=1, log_id=LOG_ID, time=NOW)
    assert list(resuming.resumed(others, event, 7)) == [(event,)]
    ((said, alarm),) = resuming.resumed(State(partition=0, log_id=LOG_ID, time=NOW), event, source)
    assert said == event
    assert isinstance(alarm, a.AlarmRaised)
    assert (alarm.subject, alarm.received_at) == ("partition/0", NOW)
    assert alarm.number == f"{spoken(NEW_ID, 0, named)}-0"
    assert alarm.alarm == derived(NEW_ID, 0, named, "system", resuming.RESUMED, 0)


async def test_what_was_received_in_the_copied_inbox_is_resumed_and_the_record_behind_it_is_not() -> None:
    desk = Desk()
    known = len(desk.values)
    desk.told(desk.signal(code="401"))
    copied = Copied(desk, decided=known)
    await copied.resumed()
    (quiet,) = copied.goes_on()
    assert [type(event) for event in quiet.events] == [a.SignalRecorded]
    copied.inbox.put([encode(desk.signal(subject="site-b"))])
    (decided,) = copied.goes_on()
    assert [type(event) for event in decided.events] == [a.SignalRecorded, a.AlarmRaised]


async def test_a_report_that_nobody_is_known_to_have_is_asked_for_at_once() -> None:
    desk = Desk()
    alarm = desk.alarm()
    desk.claim(alarm.alarm)
    desk.verify(alarm.alarm)
    desk.escalate(alarm.alarm)
    copied = Copied(desk)
    await copied.resumed()
    tick = copied.ticks(NOW + SECOND)
    assert tick is not None
    (again,) = (event for event in tick.events if isinstance(event, a.EscalationAskedAgain))
    assert (again.alarm, again.attempt) == (alarm.alarm, 2)


async def test_one_that_was_received_is_left_alone() -> None:
    desk = Desk()
    alarm = desk.alarm()
    desk.claim(alarm.alarm)
    desk.verify(alarm.alarm)
    escalation = desk.escalate(alarm.alarm).events[-1]
    assert isinstance(escalation, a.AlarmEscalated)
    desk.answered(escalation.escalation)
    copied = Copied(desk)
    await copied.resumed()
    tick = copied.ticks(NOW + HOUR)
    assert tick is None or not of([tick], a.EscalationAskedAgain)


async def test_a_command_is_not_too_late_because_its_decision_was_lost() -> None:
    desk = Desk()
    alarm = desk.alarm()
    known = len(desk.values)
    desk.claim(alarm.alarm)
    copied = Copied(desk, decided=known)
    await copied.resumed()
    (decision,) = copied.goes_on()
    assert not isinstance(decision.answer, Refused)
    assert copied.folded().state.alarms[alarm.alarm].holder == WANG.id


async def test_more_open_alarms_than_one_decision_holds_are_said_in_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resuming, "MOST", 2)
    desk = Desk()
    raised = [desk.alarm(subject=f"site-{number}").alarm for number in range(5)]
    copied = Copied(desk)
    decisions = copied.decisions(await copied.resumed())
    assert len(decisions) == 3
    assert [event.alarm for event in of(decisions, a.AlarmResumed)] == raised
    copied.folded()


async def test_a_log_may_go_on_from_a_copy_of_itself_again() -> None:
    desk = Desk()
    desk.alarm()
    copied = Copied(desk)
    await copied.resumed()
    again = await copied.resumed("0190d0e0-0000-7000-8000-00000000eeee")
    event = copied.decisions(again)[0].events[0]
    assert isinstance(event, LogResumed) and event.before == NEW_ID


async def test_an_inbox_that_is_shorter_than_what_was_decided_is_no_copy() -> None:
    desk = Desk()
    desk.alarm()
    copied = Copied(desk)
    copied.inbox.records.clear()
    with pytest.raises(LogBroken, match="inbox ends before"):
        await copied.resumed()


async def test_the_shadow_decides_all_of_it_again_and_agrees() -> None:
    desk = Desk()
    desk.registered()
    known = len(desk.values)
    desk.claim(desk.alarm().alarm)
    copied = Copied(desk, decided=known)
    await copied.resumed()
    copied.goes_on()
    folded: Partition[State] = Partition(AlarmRouter(LAW), 0, "2.0")
    looking = Shadowing(Shadow(folded, 0), inbox=copied.inbox, events=copied.events)
    while looking.at < len(copied.events.records):
        assert not await looking.go_on()

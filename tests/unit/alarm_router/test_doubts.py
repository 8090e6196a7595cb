"""Decisions that do not follow from what was before them: noted once, and a supervisor has an alarm."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.alarm_router.handlers.doubting import EVERY_US, Doubts
from services.contracts.alarm import AlarmOccurred, AlarmRaised
from services.contracts.codec import decode_inbox
from services.contracts.envelope import Accepted, Already
from services.contracts.shadow import DecidedOtherwise, DecidedOtherwiseNoted
from services.contracts.topics import subject_of_partition
from services.eventsourcing.memory_event_log import MemoryEventLog, MemoryLogWriter
from services.eventsourcing.ports import AppendUnknown
from services.eventsourcing.shadow import Difference
from tests.unit.alarm_router.saying import NOW, Desk

SUBJECT = subject_of_partition(0)
REPORT = DecidedOtherwise(
    sender="shadow",
    sent_at=NOW,
    subject=SUBJECT,
    first=4,
    last=9,
    count=3,
    code="1.0",
    parts=("events",),
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_it_is_noted_and_alarmed(desk: Desk) -> None:
    decision = desk.told(REPORT)
    noted, alarm = decision.events
    assert decision.answer == Accepted()
    assert noted == DecidedOtherwiseNoted(first=4, last=9, count=3, code="1.0", parts=("events",))
    assert isinstance(alarm, AlarmRaised)
    assert (alarm.subject, alarm.class_, alarm.code) == (SUBJECT, "system", "log.decided_otherwise")


def test_a_shadow_that_begins_anew_finds_nothing_new(desk: Desk) -> None:
    desk.told(REPORT)
    again = desk.told(replace(REPORT, first=7, count=1))
    assert (again.answer, again.events) == (Already(), ())


def test_what_is_found_behind_that_is_an_occurrence(desk: Desk) -> None:
    desk.told(REPORT)
    later = desk.told(replace(REPORT, first=10, last=10, count=1))
    assert [type(event) for event in later.events] == [DecidedOtherwiseNoted, AlarmOccurred]


def found(lies_at: int) -> Difference:
    return Difference(0, lies_at, lies_at, "1.0", ("events",), None, None)


class Away(MemoryEventLog):
    """An inbox that may be out of reach."""

    is_away = False

    async def open_writer(self) -> MemoryLogWriter:
        if self.is_away:
            raise AppendUnknown("away")
        return await super().open_writer()


class Shadowed:
    """The doubts of partition 0, and what was told of them."""

    def __init__(self) -> None:
        self.now, self.inbox = NOW, Away()
        self.doubts = Doubts(self.inbox, lambda: self.now)

    async def tells(self, *offsets: int) -> list[tuple[int, int, int]]:
        for offset in offsets:
            self.doubts.add(found(offset))
        before = len(self.inbox.records)
        await self.doubts.tell()
        said = [decode_inbox(record.value) for record in self.inbox.records[before:]]
        assert all(isinstance(one, DecidedOtherwise) and one.subject == SUBJECT for one in said)
        return [(one.first, one.last, one.count) for one in said if isinstance(one, DecidedOtherwise)]


async def test_many_are_one_report() -> None:
    assert await Shadowed().tells(4, 6, 9) == [(4, 9, 3)]


async def test_there_is_one_report_a_minute_and_nothing_is_left_out() -> None:
    shadowed = Shadowed()
    assert await shadowed.tells(4) == [(4, 4, 1)]
    shadowed.now += EVERY_US - 1
    assert await shadowed.tells(5, 6) == []
    shadowed.now += 1
    assert await shadowed.tells(8) == [(5, 8, 3)]
    shadowed.now += EVERY_US
    assert await shadowed.tells() == []


async def test_what_did_not_arrive_is_told_again() -> None:
    shadowed = Shadowed()
    shadowed.inbox.is_away = True
    assert await shadowed.tells(4) == []
    shadowed.inbox.is_away = False
    assert await shadowed.tells() == [(4, 4, 1)]

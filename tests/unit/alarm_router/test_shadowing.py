"""Every decision made again: the same code agrees with itself, and a change of the rules is seen where it matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from msgspec.structs import replace

from services.alarm_router.bootstrap import code_version, genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.alarm_router.handlers import shadowing
from services.alarm_router.handlers.mending import Order, mend
from services.alarm_router.handlers.shadowing import Shadowing
from services.contracts.codec import decode_decision, encode
from services.contracts.envelope import Refused
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.partition import Outcome, Partition
from services.eventsourcing.ports import OffsetGone, Record
from services.eventsourcing.shadow import Difference, Shadow
from services.law.shelf import shipped
from services.simulation.messages import Messages
from tests.unit.alarm_router.saying import LOG_ID, NOW, Desk

LAW = shipped()
STEP_US = 700_000


class Logs:
    """An inbox and what was decided from it."""

    def __init__(self) -> None:
        self.now = NOW
        self.inbox, self.events = MemoryEventLog(lambda: self.now), MemoryEventLog(lambda: self.now)
        self.owned: Partition[State] = Partition(AlarmRouter(LAW), 0, "1.0")
        self.events.put([encode(genesis(0, LOG_ID, NOW, "1.0"))])
        self.owned.fold(self.events.records[0])

    def hears(self, value: bytes) -> None:
        self.inbox.put([value])
        decided = self.owned.decide(self.inbox.records[-1])
        if decided is not None:
            self.events.put([decided])

    def shadow(self, machine: AlarmRouter) -> Shadowing:
        folded: Partition[State] = Partition(machine, 0, "2.0")
        return Shadowing(Shadow(folded, 0), inbox=self.inbox, events=self.events)

    async def differences(self, machine: AlarmRouter | None = None) -> Sequence[Difference]:
        shadow = self.shadow(machine or AlarmRouter(LAW))
        found: list[Difference] = []
        while shadow.at < len(self.events.records):
            found += await shadow.go_on()
        return found


@pytest.fixture
def busy() -> Logs:
    logs, messages = Logs(), Messages(Random(7), Counter())
    for _ in range(600):
        logs.now += STEP_US
        logs.hears(messages.next(logs.owned.state, logs.now))
    return logs


class Stricter(AlarmRouter):
    """Code of tomorrow: refuses what today's accepts, for one kind of record."""

    def decide(self, state: State, record: Record) -> Outcome | None:
        outcome = super().decide(state, record)
        if outcome is not None and any(type(e).__name__ == "AlarmClaimed" for e in outcome.events):
            return replace(outcome, answer=Refused(reason="tomorrow"), events=())
        return outcome


class Silent(AlarmRouter):
    """Code that forgets what fell due."""

    def decide(self, state: State, record: Record) -> Outcome | None:
        outcome = super().decide(state, record)
        return None if outcome is not None and outcome.id.startswith("tick/") else outcome


async def test_the_same_code_decides_the_same(busy: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await busy.differences() == []
    monkeypatch.setattr(shadowing, "BATCH", 7)
    assert await busy.differences() == []


async def test_a_changed_rule_is_named_where_it_decides_otherwise_and_nowhere_else(busy: Logs) -> None:
    claimed = [
        decision.source.offset
        for record in busy.events.records
        for decision in [decode_decision(record.value)]
        if any(type(event).__name__ == "AlarmClaimed" for event in decision.events)
    ]
    found = await busy.differences(Stricter(LAW))
    assert claimed and [one.source for one in found] == claimed
    assert all(one.parts == ("answer", "events") and one.code == "1.0" for one in found)
    for one in found:
        recorded = decode_decision(busy.events.records[one.lies_at].value)
        assert (one.partition, one.recorded, recorded.source.offset) == (0, recorded, one.source)
        assert one.decided is not None and one.decided.answer == Refused(reason="tomorrow")


async def test_what_is_decided_no_more_is_named(busy: Logs) -> None:
    found = await busy.differences(Silent(LAW))
    assert found and all(one.parts == ("decided",) and one.decided is None for one in found)


async def test_a_decision_that_was_left_out_is_named() -> None:
    """A router that lost an inbox record: the next decision says that it came later."""
    logs, desk = Logs(), Desk()
    logs.inbox.put([encode(desk.signal())])
    logs.hears(encode(desk.signal()))
    (found,) = await logs.differences()
    assert (found.source, found.parts, found.recorded) == (0, ("decided",), None)


async def test_what_was_altered_in_the_inbox_is_named() -> None:
    logs, desk = Logs(), Desk()
    logs.hears(encode(desk.signal()))
    logs.inbox.records[0] = Record(0, NOW, encode(desk.signal(code="110")))
    (found,) = await logs.differences()
    assert found.source == 0


async def test_records_that_do_not_count_are_passed_over(busy: Logs) -> None:
    busy.events.put([busy.events.records[1].value])
    again: Partition[State] = Partition(AlarmRouter(LAW), 0, "1.0")
    for record in busy.events.records:
        again.fold(record)
    busy.owned = again
    busy.hears(encode(Desk().signal()))
    assert await busy.differences() == []


async def test_what_two_persons_passed_over_is_not_decided_again() -> None:
    logs, desk = Logs(), Desk()
    logs.inbox.put([b'{"type":"later.v9"}'])
    await mend(
        0,
        Order(("zhao", "admin"), "newer"),
        inbox=logs.inbox,
        events=logs.events,
        clock=lambda: NOW,
        code="1.0",
    )
    logs.owned.fold(logs.events.records[-1])
    logs.hears(encode(desk.signal()))
    assert await logs.differences() == []


async def test_an_inbox_that_is_shorter_than_the_record_is_said() -> None:
    logs = Logs()
    logs.hears(encode(Desk().signal()))
    logs.inbox.records.clear()
    with pytest.raises(OffsetGone):
        await logs.differences()


async def test_a_record_that_was_altered_is_said(busy: Logs) -> None:
    first = busy.events.records[1]
    busy.events.records[1] = Record(1, NOW, first.value.replace(b'"code":"1.0"', b'"code":"9.9"'))
    with pytest.raises(LogBroken):
        await busy.differences()


def test_two_that_decide_by_other_packs_are_not_one_version() -> None:
    assert code_version() == code_version()
    assert code_version(LAW) != code_version(replace(LAW, settle_us=1))

"""Wherever a record is cut by a copy, it goes on: nothing of the copy changes, and nothing lost is named again."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.snapshot import freeze
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.resuming import resume
from services.alarm_router.handlers.shadowing import Shadowing
from services.contracts import alarm as a
from services.contracts.codec import decode_decision, encode
from services.contracts.envelope import LogResumed
from services.contracts.guard import GuardOrdered
from services.contracts.interruption import InterruptionBegan, MaintenanceWindowOpened
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.eventsourcing.shadow import Shadow
from services.law.shelf import shipped
from services.simulation.messages import Messages
from services.simulation.whole import is_whole

LOG_ID, NEW_ID = "01890000-0000-7000-8000-0000000000ff", "01890000-0000-7000-8000-0000000000ee"
START, STEP_US = 1_800_000_000_000_000, 700_000
LAW = shipped()
MOST = 400


def folded(records: list[Record]) -> Partition[State]:
    owned: Partition[State] = Partition(AlarmRouter(LAW), 0, "1.0")
    for record in records:
        owned.fold(record)
    return owned


def played(seed: int) -> tuple[list[Record], list[Record]]:
    """An inbox, and the record that a router made of it."""
    messages, inbox = Messages(Random(seed), Counter()), list[Record]()
    log = [Record(0, START, encode(genesis(0, LOG_ID, START, "1.0")))]
    owned = folded(log)
    for offset in range(MOST):
        now = START + offset * STEP_US
        inbox.append(Record(offset, now, messages.next(owned.state, now)))
        if (value := owned.decide(inbox[-1])) is not None:
            log.append(Record(len(log), now, value))
    return inbox, log


def named(records: list[Record]) -> set[Any]:
    found = set()
    for event in (event for one in records for event in decode_decision(one.value).events):
        match event:
            case a.AlarmRaised(alarm=name) | a.AlarmEscalated(escalation=name) | GuardOrdered(guard=name):
                found.add(name)
            case InterruptionBegan(interruption=name) | MaintenanceWindowOpened(window=name):
                found.add(name)
    return found


@given(seed=st.integers(0, 1 << 30), cut=st.floats(0, 1), further=st.floats(0, 1))
@settings(deadline=None, max_examples=25)
async def test_a_record_goes_on_from_any_copy_of_it(seed: int, cut: float, further: float) -> None:
    received, whole = played(seed)
    log = whole[: max(1, round(cut * len(whole)))]
    source = folded(log).source.offset
    inbox, events = MemoryEventLog(), MemoryEventLog()
    inbox.records = received[: source + 1 + round(further * (len(received) - source - 1))]
    events.records = list(log)

    at = await resume(0, inbox=inbox, events=events, log_id=NEW_ID, copied_at=START, code="1.0")
    owned = folded(events.records)
    assert (at, owned.source.offset, owned.state.time) == (len(log), source, folded(log).state.time)
    for record in inbox.records[source + 1 :]:
        if (value := owned.decide(record)) is not None:
            events.put([value])

    assert events.records[: len(log)] == log
    (resumed,) = (
        one for one in decode_decision(events.records[at].value).events if isinstance(one, LogResumed)
    )
    assert (resumed.before, resumed.inbox_end) == (LOG_ID, len(inbox.records))
    assert not named(whole) & named(events.records[at:])
    assert freeze(folded(events.records).state) == freeze(owned.state)
    is_whole(owned.state)
    shadow = Shadowing(Shadow(Partition(AlarmRouter(LAW), 0, "2.0"), 0), inbox=inbox, events=events)
    while shadow.at < len(events.records):
        assert not await shadow.go_on()

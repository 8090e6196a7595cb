"""Wherever a record ends, or its chain breaks, a new generation goes on: it knows alone what the old one knew."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.snapshot import freeze
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.generation import Old, fold_old, said, write
from services.alarm_router.handlers.shadowing import Shadowing
from services.contracts.alarm import AlarmRaised
from services.contracts.codec import decode_decision, encode
from services.contracts.envelope import GenerationBegun, LogResumed, StateCarried
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.partition import MAX_DECISION_BYTES, Partition
from services.eventsourcing.ports import Record
from services.eventsourcing.shadow import Shadow
from services.law.shelf import shipped
from services.simulation.messages import Messages
from services.simulation.whole import is_whole

LOG_ID, NEW_ID = "01890000-0000-7000-8000-0000000000ff", "01890000-0000-7000-8000-0000000000ee"
START, STEP_US = 1_800_000_000_000_000, 700_000
LAW = shipped()
MOST = 400
PARTITION = 0


class House:
    """One partition, its people and programs, and a router."""

    def __init__(self, seed: int) -> None:
        self.messages, self.now = Messages(Random(seed), Counter()), START
        self.inbox, self.events = MemoryEventLog(lambda: self.now), MemoryEventLog(lambda: self.now)
        self.events.put([encode(genesis(PARTITION, LOG_ID, START, "1.0"))])

    def receives(self, state: State, many: int) -> None:
        for _ in range(many):
            self.now += STEP_US
            self.inbox.put([self.messages.next(state, self.now)])

    def works(self, many: int) -> Partition[State]:
        """The router decides what waits, and so much more."""
        owned = self.folded()
        waiting = self.inbox.records[owned.source.offset + 1 :]
        for number in range(len(waiting) + many):
            if number >= len(waiting):
                self.receives(owned.state, 1)
            record = self.inbox.records[-1] if number >= len(waiting) else waiting[number]
            if (value := owned.decide(record)) is not None:
                self.events.put([value])
        return owned

    def folded(self) -> Partition[State]:
        owned: Partition[State] = Partition(AlarmRouter(LAW), PARTITION, "1.0")
        for record in self.events.records:
            owned.fold(record)
        return owned

    async def old(self) -> Old:
        return await fold_old(PARTITION, inbox=self.inbox, events=self.events, code="1.0")

    async def goes_on(self) -> tuple[int, list[Record]]:
        """In a new generation; where it begins in the list, and its first records as they lie there."""
        old, new = await self.old(), MemoryEventLog(lambda: self.now)
        begins = old.begins
        await write(old, said(old, begun(old, NEW_ID), self.now), new)
        first = [replace(one, offset=begins + one.offset) for one in new.records]
        self.events.records = [*self.events.records[:begins], *first]
        return begins, first


def begun(old: Old, log_id: str) -> GenerationBegun:
    return GenerationBegun(
        log_id=log_id,
        before=old.log_id,
        generation=2,
        partition=PARTITION,
        partitions=12,
        inbox_begins=old.inbox_end,
        heads=(old.head,),
        pieces=0,
        left_out=old.left_out,
        reason="the chain broke",
        by=("zhao", "admin"),
    )


def alone(records: list[Record]) -> Partition[State]:
    """What somebody knows who never saw the old generation."""
    owned: Partition[State] = Partition(AlarmRouter(LAW), PARTITION, "1.0")
    owned.begin_at(records[0])
    for record in records[1:]:
        owned.fold(record)
    return owned


def known(state: State, log_id: str) -> tuple[bytes, ...]:
    return freeze(replace(state, log_id=log_id))


@given(seed=st.integers(0, 1 << 30), decided=st.integers(0, MOST), waiting=st.integers(0, 20))
@settings(deadline=None, max_examples=25)
async def test_a_new_generation_knows_alone_what_the_old_one_knew(
    seed: int, decided: int, waiting: int
) -> None:
    house = House(seed)
    before = house.works(decided)
    house.receives(before.state, waiting)
    begins, first = await house.goes_on()

    assert known(alone(first).state, "") == known(house.folded().state, "") == known(before.state, "")
    assert alone(first).chain == house.folded().chain
    assert all(len(one.value) <= MAX_DECISION_BYTES for one in first)
    decision = decode_decision(first[0].value)
    assert (decision.lies_at, decision.prev) == (begins, before.chain.head)
    (event,) = decision.events
    assert isinstance(event, GenerationBegun)
    assert (event.before, event.log_id, event.left_out, event.pieces) == (LOG_ID, NEW_ID, 0, len(first) - 1)

    after = house.works(30)
    assert freeze(alone(house.events.records[begins:]).state) == freeze(after.state)
    assert after.source.offset == decided + waiting + 29
    is_whole(after.state)
    shadow = Shadowing(
        Shadow(Partition(AlarmRouter(LAW), PARTITION, "2.0"), PARTITION),
        inbox=house.inbox,
        events=house.events,
    )
    while shadow.at < len(house.events.records):
        assert not await shadow.go_on()


@given(seed=st.integers(0, 1 << 30), where=st.floats(0, 1), byte=st.integers(0, 1 << 16))
@settings(deadline=None, max_examples=25)
async def test_behind_a_broken_chain_all_that_was_received_is_decided_anew(
    seed: int, where: float, byte: int
) -> None:
    house = House(seed)
    house.works(60)
    at = 2 + round(where * (len(house.events.records) - 4))
    record = house.events.records[at]
    changed = bytearray(record.value)
    changed[byte % len(changed)] ^= 1
    house.events.records[at] = replace(record, value=bytes(changed))
    ids = {one.alarm for one in raised(house.events.records[:at])}
    lost = {one.alarm for one in raised(house.events.records[at + 1 :])}

    old = await house.old()
    assert old.broken and old.begins in {at, at - 1}  # at most one that nobody altered is decided anew
    before = old.owned.source.offset
    begins, first = await house.goes_on()
    resumed = [one for record in first for one in decode_decision(record.value).events]
    assert any(isinstance(one, LogResumed) for one in resumed)
    assert any(isinstance(one, StateCarried) for one in resumed)
    after = house.works(0)
    assert after.source.offset == len(house.inbox.records) - 1 > before
    is_whole(after.state)
    again = {one.alarm for one in raised(house.events.records[begins:])}
    assert not again & (ids | lost)


def raised(records: list[Record]) -> list[AlarmRaised]:
    return [
        event
        for one in records
        for event in decode_decision(one.value).events
        if isinstance(event, AlarmRaised)
    ]

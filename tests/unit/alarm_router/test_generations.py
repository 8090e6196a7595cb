"""A partition goes on in a new generation: what it says there, and what it knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.alarm_router.domain import carrying
from services.alarm_router.domain.line import LineState
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.resuming import CUT
from services.alarm_router.domain.snapshot import freeze
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.generation import Old, fold_old, said
from services.contracts import alarm as a
from services.contracts.codec import Malformed, UnknownTag, decode_decision, digest, encode
from services.contracts.envelope import Decision, GenerationBegun, LogResumed, StateCarried, StatePart, Tick
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from tests.unit.alarm_router.saying import LAW, LOG_ID, MINUTE, NOW, WANG, Desk

NEW_ID = "0190d0e0-0000-7000-8000-00000000ffff"
KEPT = Path(__file__).parent / "kept" / "state_carried.json"


class Begun:
    """A desk whose record goes on in a new generation."""

    def __init__(self, desk: Desk, old: Old) -> None:
        self.desk, self.begins = desk, old.begins
        event = GenerationBegun(
            log_id=NEW_ID,
            before=old.log_id,
            generation=2,
            partition=0,
            partitions=12,
            inbox_begins=old.inbox_end,
            heads=(old.head,),
            pieces=0,
            left_out=old.left_out,
            reason="the disk was altered",
            by=("zhao", "admin"),
        )
        self.values = said(old, event, NOW + MINUTE)
        self.owned = old.owned

    @property
    def decisions(self) -> list[Decision]:
        return [decode_decision(value) for value in self.values]

    def alone(self) -> Partition[State]:
        """Who reads the new generation only."""
        owned: Partition[State] = Partition(AlarmRouter(LAW), 0, "1.0")
        owned.begin_at(Record(self.begins, NOW, self.values[0]))
        for number, value in enumerate(self.values[1:], 1):
            owned.fold(Record(self.begins + number, NOW, value))
        return owned


async def old_of(desk: Desk, values: list[bytes] | None = None) -> Old:
    inbox, events = MemoryEventLog(lambda: NOW), MemoryEventLog(lambda: NOW)
    inbox.records = list(desk.heard)
    events.put(desk.values if values is None else values)
    return await fold_old(0, inbox=inbox, events=events, code="1.0")


async def test_the_first_decision_names_the_newest_of_the_old_and_where_it_goes_on() -> None:
    desk = Desk()
    desk.alarm()
    old = await old_of(desk)
    begun = Begun(desk, old)
    first = begun.decisions[0]
    (event,) = first.events
    assert isinstance(event, GenerationBegun)
    assert (first.lies_at, first.prev) == (len(desk.values), digest(desk.values[-1]))
    assert (event.before, event.inbox_begins, event.left_out) == (LOG_ID, len(desk.heard), 0)
    (head,) = event.heads
    assert (head.offset, head.hash) == (len(desk.values) - 1, digest(desk.values[-1]))
    assert first.source == decode_decision(desk.values[-1]).source
    assert first.time == desk.state.time


async def test_a_deadline_and_an_alarm_go_over_and_the_next_alarm_has_an_id_of_the_new_name() -> None:
    desk = Desk()
    desk.registered()
    waits = desk.alarm()
    old = Begun(desk, await old_of(desk)).alone()
    assert freeze(replace(old.state, log_id=LOG_ID)) == freeze(desk.state)
    tick = encode(Tick(sender="router", sent_at=waits.claim_due + 1))
    value = old.decide(Record(len(desk.heard), waits.claim_due + 1, tick))
    assert value is not None
    assert any(
        isinstance(event, a.ClaimFellDue) and event.alarm == waits.alarm
        for event in decode_decision(value).events
    )
    assert old.state.log_id == NEW_ID


async def test_a_command_that_comes_again_behind_the_change_gets_the_answer_it_got() -> None:
    desk = Desk()
    claimed = desk.claim(desk.alarm().alarm)
    alone = Begun(desk, await old_of(desk)).alone()
    again = Record(len(desk.heard), desk.now, desk.heard[-1].value)
    value = alone.decide(again)
    assert value is not None
    answered = decode_decision(value)
    assert (answered.id, answered.answer, answered.events) == (claimed.id, claimed.answer, ())


async def test_what_was_decided_behind_a_break_is_decided_anew_and_says_so() -> None:
    desk = Desk()
    desk.registered()
    kept = desk.alarm()
    desk.now += MINUTE
    desk.alarm(code="110")
    desk.claim(kept.alarm, WANG)
    values = [*desk.values[:-1], encode(replace(decode_decision(desk.values[-1]), prev=b"\x01" * 16))]
    old = await old_of(desk, values)
    assert "does not follow" in old.broken
    assert (old.begins, old.end) == (len(values) - 2, len(values))

    begun = Begun(desk, old)
    events = [event for one in begun.decisions for event in one.events]
    (resumed,) = (one for one in events if isinstance(one, LogResumed))
    assert (resumed.before, resumed.inbox_end) == (LOG_ID, len(desk.heard))
    assert [one.alarm for one in events if isinstance(one, a.AlarmResumed)] == [kept.alarm]
    assert [one.code for one in events if isinstance(one, a.AlarmRaised)] == [CUT]

    alone = begun.alone()
    assert alone.source.offset == 1
    value = alone.decide(desk.heard[2])
    assert value is not None
    again = [type(event) for event in decode_decision(value).events]
    assert a.AlarmRaised in again and a.AlarmResumed in again


async def test_what_newer_code_wrote_is_no_break() -> None:
    desk = Desk()
    desk.registered()
    desk.alarm()
    newer = desk.values[-1].replace(b"signal.recorded.v1", b"signal.recorded.v9")
    with pytest.raises(UnknownTag):
        await old_of(desk, [*desk.values[:-1], newer])
    desk.alarm(code="110")
    behind = encode(replace(decode_decision(desk.values[-1]), prev=digest(newer)))
    with pytest.raises(UnknownTag):
        await old_of(desk, [*desk.values[:-2], newer, behind])
    altered = await old_of(desk, [*desk.values[:-2], newer, desk.values[-1]])
    assert (altered.begins, altered.end) == (len(desk.values) - 3, len(desk.values))


async def test_a_record_of_which_not_even_the_genesis_is_proved_cannot_go_on() -> None:
    desk = Desk()
    desk.alarm()
    other = encode(replace(decode_decision(desk.values[0]), code="other"))
    with pytest.raises(LogBroken, match="no genesis"):
        await old_of(desk, [other, *desk.values[1:]])


async def test_an_inbox_that_is_not_the_one_that_was_decided_stops_it() -> None:
    desk = Desk()
    desk.alarm()
    desk.heard[-1] = replace(desk.heard[-1], value=b"{}")
    with pytest.raises(LogBroken, match="not the one that was decided"):
        await old_of(desk)


async def test_a_generation_of_which_the_last_piece_is_missing_is_not_gone_on_from() -> None:
    desk = Desk()
    desk.alarm()
    begun = Begun(desk, await old_of(desk))
    events = MemoryEventLog(lambda: NOW)
    events.put([*desk.values, *begun.values[:-1]])
    inbox = MemoryEventLog(lambda: NOW)
    inbox.records = list(desk.heard)
    with pytest.raises(LogBroken, match="not even the beginning"):
        await fold_old(0, inbox=inbox, events=events, code="1.0")


def test_only_a_genesis_begins_a_generation() -> None:
    desk = Desk()
    desk.alarm()
    owned: Partition[State] = Partition(AlarmRouter(LAW), 0, "1.0")
    with pytest.raises(LogBroken, match="does not begin a generation"):
        owned.begin_at(Record(1, NOW, desk.values[1]))


def test_a_large_state_goes_over_in_many_pieces_in_its_order() -> None:
    state = State(partition=0)
    state.deadlines = [(number, "alarm", f"alarm-{number}") for number in range(3_000)]
    state.failed = {f"alarm-{number}": number for number in range(5_000)}
    state.lines.strangers = {f"default/{number}": None for number in range(20_000)}
    state.lines.known["default/7"] = LineState(marks={f"run-{number}": number for number in range(2_000)})
    state.answers_end.extend((number, f"id-{number}") for number in range(1_000))
    rounds = carrying.parts_of(state)
    assert len(rounds) > 1 and max(len(encode(_piece(parts))) for parts in rounds) < 200 * 1024
    back: dict[str, Any] = {}
    for parts in rounds:
        carrying.take(back, parts)
    found = State(partition=0)
    carrying.put_back(found, back)
    assert freeze(found) == freeze(state)


def test_a_state_that_an_earlier_version_carried_is_known_again_whole() -> None:
    """The file is kept for ever: whoever changes what a partition remembers makes it readable all the same."""
    parts = msgspec.json.decode(KEPT.read_bytes(), type=tuple[StatePart, ...])
    kept: dict[str, Any] = {}
    carrying.take(kept, parts)
    state = State(partition=0)
    carrying.put_back(state, kept)
    again: dict[str, Any] = {}
    for of_one in carrying.parts_of(state):
        carrying.take(again, of_one)
    assert _within(kept, again)
    assert state.alarms and state.deadlines and state.answers and state.book.held and state.lines.known


def _piece(parts: tuple[StatePart, ...]) -> StateCarried:
    return StateCarried(number=1, of=2, parts=parts)


def _within(part: Any, whole: Any) -> bool:
    """Whether everything that `part` says is said by `whole`."""
    if isinstance(part, dict):
        return all(name in whole and _within(value, whole[name]) for name, value in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(_within, part, whole))
    return bool(part == whole)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("alarms",), "{"),
        (("alarms",), "[" * 100_000),
        (("alarms", "x", "y"), "1"),
        (("deadlines",), "7"),
        (("time",), '"late"'),
        (("time",), "-10000000000000000000"),
        ((), "1"),
    ],
)
def test_a_state_that_was_carried_and_cannot_be_read_is_told_as_such(at: tuple[str, ...], value: str) -> None:
    part = StatePart(at=at, value=value)
    with pytest.raises(Malformed, match="cannot be read"):
        put_together({"partition": 0, "deadlines": []}, part)


def put_together(carried: dict[str, Any], part: StatePart) -> None:
    """One more part of what was carried, which is then put back."""
    carrying.take(carried, [part])
    carrying.put_back(State(partition=0), carried)

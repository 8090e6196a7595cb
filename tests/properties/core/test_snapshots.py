"""Whoever goes on from a snapshot decides, byte for byte, what whoever folded everything decides."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain import snapshot as snapshots
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.snapshot import SnapshotUnreadable, freeze, freezing, thaw
from services.alarm_router.domain.state import State
from services.contracts.codec import encode
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.partition import Partition, Snapshot
from services.eventsourcing.ports import Record
from services.law.shelf import shipped
from services.simulation.messages import Messages

LOG_ID = "01890000-0000-7000-8000-0000000000ff"
START = 1_800_000_000_000_000
STEP_US = 700_000
LAW = shipped()


def begun() -> tuple[Partition[State], list[Record]]:
    partition: Partition[State] = Partition(AlarmRouter(LAW), 0, "1.0")
    first = Record(0, START, encode(genesis(0, LOG_ID, START, "1.0")))
    partition.fold(first)
    return partition, [first]


def snapshot(of: Partition[State]) -> Snapshot:
    return of.snapshot(freeze(of.state))


def taken_up(kept: Snapshot, record: Record) -> Partition[State]:
    again: Partition[State] = Partition(AlarmRouter(LAW), 0, "1.0")
    again.take_up(kept, thaw(kept.state, LAW), record)
    return again


@pytest.mark.parametrize("seed", range(3))
def test_going_on_from_snapshots_decides_what_folding_everything_decides(seed: int) -> None:
    random = Random(seed)
    messages = Messages(random, Counter())
    whole, log = begun()
    resumed = taken_up(snapshot(whole), log[-1])
    for offset in range(1_500):
        now = START + offset * STEP_US
        record = Record(offset, now, messages.next(whole.state, now))
        value = whole.decide(record)
        assert resumed.decide(record) == value
        if value is not None:
            log.append(Record(whole.chain.offset - 1, now, value))
        if random.random() < 0.02:
            kept = snapshot(resumed)
            resumed = taken_up(kept, log[kept.offset])
            assert resumed.state == whole.state
    assert whole.state.alarms and whole.state.deadlines and whole.state.answers
    assert {type(value) for value in msgspec.structs.astuple(resumed.state)} == {
        type(value) for value in msgspec.structs.astuple(whole.state)
    }


@pytest.mark.parametrize("seed", range(3))
def test_a_snapshot_is_of_the_moment_when_it_was_begun_whatever_is_decided_meanwhile(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "PIECE", 2)
    random = Random(seed)
    messages = Messages(random, Counter())
    whole, _ = begun()
    at_once, pieces = freeze(whole.state), freezing(whole.state)
    made: list[bytes] = []
    divided = 0
    for offset in range(1_500):
        now = START + offset * STEP_US
        whole.decide(Record(offset, now, messages.next(whole.state, now)))
        made += islice(pieces, 3)
        if random.random() < 0.02:
            made += pieces
            assert tuple(made) == at_once
            divided = max(divided, len(made))
            at_once, pieces, made = freeze(whole.state), freezing(whole.state), []
    assert divided > 100
    assert thaw(freeze(whole.state), LAW) == whole.state


def test_a_log_that_was_cut_or_altered_behind_the_snapshot_is_found() -> None:
    whole, log = begun()
    kept = snapshot(whole)
    for other in (Record(0, START, b"{}"), Record(1, START, log[0].value)):
        with pytest.raises(LogBroken, match="offset 0 does not hold"):
            taken_up(kept, other)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_snapshot_of_which_a_byte_changed_is_not_believed(data: st.DataObject) -> None:
    frozen = bytearray(b"".join(freeze(begun()[0].state)))
    at = data.draw(st.integers(0, len(frozen) - 1))
    frozen[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SnapshotUnreadable):
        thaw((bytes(frozen),), LAW)

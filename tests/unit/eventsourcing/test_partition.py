"""One partition in one hand: what counts, what fences, what stops."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from random import Random

import pytest

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts.codec import decode_decision, digest, encode
from services.contracts.envelope import Accepted, Decision, Source
from services.eventsourcing.counting import Chain, LogBroken
from services.eventsourcing.partition import (
    MAX_DECISION_BYTES,
    DecisionTooLarge,
    Fenced,
    Outcome,
    Partition,
    Snapshot,
)
from services.eventsourcing.ports import Record
from services.simulation.messages import Messages

LOG_ID = "0190d0e0-0000-7000-8000-00000000abcd"
NOW = 1_800_000_000_000_000
GENESIS = Record(0, NOW, encode(genesis(0, LOG_ID, NOW, "1.0")))


def owned() -> Partition[State]:
    partition = Partition(AlarmRouter(), 0, "1.0")
    partition.fold(GENESIS)
    return partition


def values(count: int) -> list[bytes]:
    partition = owned()
    decided = [partition.decide(Record(n, NOW, b"junk %d" % n)) for n in range(count)]
    return [value for value in decided if value is not None]


def test_a_record_that_lies_where_it_was_meant_to_counts() -> None:
    chain = Chain()
    assert chain.take(GENESIS) is not None
    assert chain.take(Record(1, NOW, values(1)[0])) is not None


def test_a_record_that_lies_elsewhere_does_not_count() -> None:
    chain = Chain()
    chain.take(GENESIS)
    assert chain.take(Record(1, NOW, GENESIS.value)) is None
    assert (chain.offset, chain.head) == (2, digest(GENESIS.value))


def test_a_counting_record_that_follows_another_breaks_the_chain() -> None:
    chain = Chain()
    chain.take(GENESIS)
    with pytest.raises(LogBroken, match="offset 2 does not follow"):
        chain.take(Record(2, NOW, values(2)[1]))


def test_a_batch_that_landed_elsewhere_fences() -> None:
    partition = owned()
    partition.decide(Record(0, NOW, b"junk"))
    with pytest.raises(Fenced, match="predicted offset 1, got 2"):
        partition.landed(2, 1)


def test_before_the_first_record_nothing_is_decided_and_the_first_lands_at_0() -> None:
    partition = Partition(AlarmRouter(), 0, "1.0")
    assert (partition.source, partition.newest) == (Source(offset=-1, hash=b""), -1)
    partition.landed(0, 1)


def test_batches_that_land_as_predicted_go_on() -> None:
    partition = owned()
    for offset in range(3):
        partition.decide(Record(offset, NOW, b"junk"))
        partition.landed(offset + 1, 1)


def test_the_inbox_must_hold_what_was_decided() -> None:
    partition = owned()
    partition.check_source(None)
    partition.decide(Record(0, NOW, b"junk"))
    partition.check_source(Record(0, NOW, b"junk"))
    for found, said in (
        (None, "ends before offset 0"),
        (Record(1, NOW, b"junk"), "ends before offset 0"),
        (Record(0, NOW, b"other"), "record at 0 is not the one"),
    ):
        with pytest.raises(LogBroken, match=said):
            partition.check_source(found)


def kept_after(count: int) -> tuple[Partition[State], Snapshot, Record]:
    """A partition that decided so many, its snapshot, and the record that it was made behind."""
    partition = owned()
    decided = [partition.decide(Record(n, NOW, b"junk %d" % n)) for n in range(count)]
    newest = decided[-1]
    assert newest is not None
    partition.landed(1, count)
    return partition, partition.snapshot((b"the", b"state")), Record(count, NOW, newest)


def test_who_goes_on_from_a_snapshot_writes_what_comes_next_and_where() -> None:
    whole, kept, record = kept_after(3)
    assert kept == Snapshot(3, digest(record.value), whole.source, (b"the", b"state"))
    again: Partition[State] = Partition(AlarmRouter(), 0, "1.0")
    again.take_up(kept, deepcopy(whole.state), record)
    assert (again.chain, again.source, again.newest) == (whole.chain, whole.source, 3)
    nothing = Record(3, NOW, b"junk 3")
    assert again.decide(nothing) == whole.decide(nothing)
    again.landed(4, 1)


def test_a_snapshot_fits_its_own_record_only() -> None:
    whole, kept, record = kept_after(3)
    for other in (Record(4, NOW, record.value), Record(3, NOW, b"other")):
        with pytest.raises(LogBroken, match="offset 3"):
            Partition(AlarmRouter(), 0, "1.0").take_up(kept, whole.state, other)


class Verbose:
    """A machine whose outcomes have the lengths that it was made with; its state is where its decisions lie."""

    def __init__(self, long: int, short: int) -> None:
        self.long, self.short = long, short

    def initial(self, partition: int) -> list[int]:
        return [partition]

    def decide(self, state: list[int], record: Record) -> Outcome | None:
        del state, record
        return Outcome(0, "s" * self.long, "", Accepted(), ())

    def refuse_large(self, state: list[int], record: Record) -> Outcome:
        return Outcome(len(state), "s" * self.short, f"{record.offset}", Accepted(), ())

    def evolve(self, state: list[int], decision: Decision, offset: int) -> None:
        del decision
        state.append(offset)


def verbose(long: int, short: int) -> Partition[list[int]]:
    return Partition(Verbose(long, short), 0, "1.0")


def test_what_stays_too_large_is_not_written() -> None:
    with pytest.raises(DecisionTooLarge, match="inbox offset 7: 300209 bytes"):
        verbose(300_000, 300_000).decide(Record(7, NOW, b""))


def test_what_is_too_large_is_asked_for_in_short_on_the_state_and_of_the_record() -> None:
    partition = verbose(300_000, 3)
    value = partition.decide(Record(7, NOW, b""))
    assert value is not None
    decision = decode_decision(value)
    assert (decision.subject, decision.time, decision.id) == ("sss", 1, "7")


def test_a_decision_of_the_very_size_is_written_and_one_byte_more_is_not() -> None:
    empty = verbose(0, 0).decide(Record(0, NOW, b""))
    assert empty is not None
    room = MAX_DECISION_BYTES - len(empty)
    value = verbose(room, 0).decide(Record(0, NOW, b""))
    assert value is not None and len(value) == MAX_DECISION_BYTES
    again = verbose(room + 1, room - 1).decide(Record(0, NOW, b""))
    assert again is not None and len(again) == MAX_DECISION_BYTES
    with pytest.raises(DecisionTooLarge):
        verbose(room + 1, room).decide(Record(0, NOW, b""))


def test_the_state_is_told_where_each_decision_lies() -> None:
    deciding, folding = verbose(1, 1), verbose(1, 1)
    for offset in range(3):
        value = deciding.decide(Record(offset, NOW, b""))
        assert value is not None
        folding.fold(Record(offset, NOW, value))
    assert deciding.state == folding.state == [0, 0, 1, 2]


@pytest.mark.parametrize("seed", range(10))
def test_deciding_changes_nothing_and_a_fold_comes_to_the_same_state(seed: int) -> None:
    messages, decided, folded, now = Messages(Random(seed), Counter()), owned(), owned(), NOW
    for offset in range(150):
        now += 1_000_000
        record = Record(offset, now, messages.next(decided.state, now))
        before = deepcopy(decided.state)
        decided.machine.decide(decided.state, record)
        assert decided.state == before
        value = decided.decide(record)
        if value is not None:
            folded.fold(Record(folded.chain.offset, now, value))
    assert folded.state == decided.state
    assert (folded.chain, folded.source) == (decided.chain, decided.source)

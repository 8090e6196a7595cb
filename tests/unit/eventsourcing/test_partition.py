"""One partition in one hand: what counts, what fences, what stops."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from random import Random

import pytest

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts.codec import digest, encode
from services.contracts.envelope import Accepted, Decision
from services.eventsourcing.counting import Chain, LogBroken
from services.eventsourcing.partition import DecisionTooLarge, Fenced, Outcome, Partition
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
    with pytest.raises(LogBroken):
        chain.take(Record(2, NOW, values(2)[1]))


def test_a_batch_that_landed_elsewhere_fences() -> None:
    partition = owned()
    partition.decide(Record(0, NOW, b"junk"))
    with pytest.raises(Fenced):
        partition.landed(2, 1)


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
    for found in (None, Record(0, NOW, b"other")):
        with pytest.raises(LogBroken):
            partition.check_source(found)


class Verbose:
    """A machine whose short outcome is long too."""

    def initial(self, partition: int) -> int:
        return partition

    def decide(self, state: int, record: Record) -> Outcome | None:
        del state, record
        return Outcome(0, "s" * 300_000, "", Accepted(), ())

    def refuse_large(self, state: int, record: Record) -> Outcome:
        del state, record
        return Outcome(0, "s" * 300_000, "", Accepted(), ())

    def evolve(self, state: int, decision: Decision, offset: int) -> None:
        del state, decision, offset


def test_what_stays_too_large_is_not_written() -> None:
    with pytest.raises(DecisionTooLarge):
        Partition(Verbose(), 0, "1.0").decide(Record(0, NOW, b""))


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

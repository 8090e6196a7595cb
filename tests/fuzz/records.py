"""What lies in the topics, whoever put it there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import msgspec
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from services.alarm_router.domain.carrying import parts_of, put_back
from services.alarm_router.domain.carrying import take as take_parts
from services.alarm_router.domain.machine import StopPartition
from services.alarm_router.domain.snapshot import freeze
from services.alarm_router.domain.state import State
from services.contracts.codec import (
    NOT_READ,
    Malformed,
    UnknownTag,
    decode_decision,
    decode_inbox,
    decode_line,
    encode,
)
from services.contracts.envelope import StatePart
from services.contracts.liveness import HeardDigest, LastHeard
from services.contracts.police import PoliceOrder
from services.contracts.registry import RegistryRecord
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.partition import MAX_DECISION_BYTES, Partition
from services.eventsourcing.ports import Record
from services.picture.undecided import raw_signal
from services.police_link.adapters.faust_orders import take
from services.replay.domain.links import link_of
from services.replay.domain.stand import FAR, Stand, Until
from services.runtime.kafka_partition_reader import batches_of, records_of
from tests.fuzz.law import Target, drawn, only
from tests.unit.alarm_router.saying import NOW, Desk

SHORT = (HeardDigest, LastHeard, RegistryRecord)
NEVER = Until(time=FAR, offset=FAR)


def same_again(decode: Callable[[bytes], object], value: bytes) -> None:
    """What was decoded is encoded, and that is decoded to the same and encoded to the same bytes."""
    record = decode(value)
    written = encode(record)
    assert decode(written) == record
    assert encode(decode(written)) == written


def inbox_law(data: bytes) -> None:
    """A record or one of the codec's two errors; a desk without a router shows what it can of it."""
    shown = raw_signal(0, 0, 0, data, lambda _: "burglary")
    if shown is not None:
        encode(shown.signal)
    with only(Malformed, UnknownTag):
        same_again(decode_inbox, data)


@cache
def partition() -> Partition[State]:
    """With a registered site and an open alarm."""
    desk = Desk()
    desk.registered()
    desk.alarm()
    return desk.partition


def decided_law(data: bytes) -> None:
    """Whatever lies in the inbox is decided, in a decision that can be written; the directory and a newer tag may stop it."""
    with only(StopPartition, UnknownTag):
        decision = partition().would_decide(Record(1_000, NOW, data))
    if decision is not None:
        value = encode(decision)
        assert len(value) <= MAX_DECISION_BYTES
        assert decode_decision(value) == decision


def carried_law(data: bytes) -> None:
    """Parts of a state are put back as one that is carried on as it is, or `Malformed`: the partition stops, and says why."""
    with only(*NOT_READ):
        parts = msgspec.json.decode(data, type=tuple[StatePart, ...])
    with only(Malformed):
        state = put_together(parts)
    assert freeze(put_together([part for some in parts_of(state) for part in some])) == freeze(state)


def put_together(parts: Iterable[StatePart]) -> State:
    """As whoever folds a later generation does."""
    state, carried = State(partition=0), dict[str, Any]()
    take_parts(carried, parts)
    put_back(state, carried)
    return state


def decision_law(data: bytes) -> None:
    """A decision or one of the two errors; who reads only a part of it finds it wherever the whole is there."""
    link = link_of(data)
    with only(Malformed, UnknownTag, LogBroken):
        Stand(partition=0).take(Record(0, 0, data), NEVER)
    with only(Malformed, UnknownTag):
        decision = decode_decision(data)
    assert link is not None
    assert (link.lies_at, link.prev, link.time, link.code) == (
        decision.lies_at,
        decision.prev,
        decision.time,
        decision.code,
    )
    same_again(decode_decision, data)


def line_law(data: bytes) -> None:
    """A line of the directory, or one of the two errors."""
    with only(Malformed, UnknownTag):
        same_again(decode_line, data)


def short_law(data: bytes) -> None:
    """A digest, a chunk of the watch's memory or a record of the register: read the same again, or not read."""
    which, data = drawn(data, len(SHORT))
    with only(*NOT_READ):
        same_again(msgspec.json.Decoder(SHORT[which]).decode, data)


class Queue:
    """Holds what it is given."""

    def __init__(self) -> None:
        self.orders: list[PoliceOrder] = []

    def put(self, order: PoliceOrder) -> bool:
        self.orders.append(order)
        return True


def order_law(data: bytes) -> None:
    """An order is put into the queue, or nothing is; the agent never raises, or Faust would lose the next."""
    queue = Queue()
    take(queue, data)
    for order in queue.orders:
        same_again(msgspec.json.Decoder(PoliceOrder).decode, data)
        assert order == msgspec.json.decode(data, type=PoliceOrder)


def fetch_law(data: bytes) -> None:
    """Bytes of a fetch are whole batches, a cut last one, or damage; records never lie before what was asked for.

    The first byte says how many records a right batch in front of the bytes holds.
    """
    count, data = drawn(data, 3)
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 16)
    for at in range(count):
        builder.append(at, 1_800_000_000_000, None, b"%d" % at, [])
    front = bytes(builder.build()) if count else b""
    with only(CorruptRecordException):
        records = list(records_of(list(batches_of(front + data)), 1))
    assert all(record.offset >= 1 for record in records)
    assert [record.value for record in records[: max(0, count - 1)]] == [b"%d" % at for at in range(1, count)]


TARGETS = (
    Target("inbox", inbox_law),
    Target("inbox_decided", decided_law),
    Target("decision", decision_law),
    Target("state_carried", carried_law, 8192),
    Target("directory_line", line_law),
    Target("digests_and_copies", short_law),
    Target("police_order", order_law),
    Target("kafka_fetch", fetch_law),
)

"""Readers of counting decisions: every process that follows alarm.events uses this filter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from services.contracts.envelope import Decision
from services.contracts.topics import EVENTS
from services.eventsourcing.counting import Chain, LogBroken
from services.eventsourcing.ports import Record
from services.runtime.kafka_event_log import let_go, new_consumer


class Counted(msgspec.Struct, frozen=True, gc=False):
    """A decision that counts, where it lies, and the head after it."""

    partition: int
    offset: int
    value: bytes
    decision: Decision
    head: bytes


async def read_counting(
    kafka: str, start: Mapping[int, Chain], *, topic: str = EVENTS, wait_ms: int = 200
) -> AsyncIterator[Sequence[Counted]]:
    """Counting decisions of the partitions in `start`, in batches, from each chain's place, for ever.

    An empty batch is given about every `wait_ms` when nothing comes. Raises `LogBroken` when a chain does not
    hold or the log is shorter than a chain, `Unreadable` for an unknown tag, aiokafka's `KafkaError` when the
    broker is away (call again with the chains as they then are). The chains are moved on in place.
    """
    consumer = new_consumer(kafka, wait_ms=wait_ms)
    try:
        await consumer.start()
        chains = {TopicPartition(topic, partition): chain for partition, chain in start.items()}
        consumer.assign(list(chains))
        ends = await consumer.end_offsets(list(chains))
        for tp, chain in chains.items():
            if chain.offset > ends[tp]:
                raise LogBroken(
                    f"{tp.topic}-{tp.partition} ends at {ends[tp]}, {chain.offset} was read before"
                )
            consumer.seek(tp, chain.offset)
        while True:
            try:
                polled = await consumer.getmany(timeout_ms=wait_ms, max_records=2000)
            except OffsetOutOfRangeError as error:
                raise LogBroken(str(error)) from error
            yield [counted for tp, messages in polled.items() for counted in _take(chains[tp], tp, messages)]
    finally:
        await let_go(consumer)


def _take(chain: Chain, tp: TopicPartition, messages: Sequence[object]) -> list[Counted]:
    counted = []
    for message in messages:
        record = Record(message.offset, 0, message.value)  # type: ignore[attr-defined]  # untyped library
        decision = chain.take(record)
        if decision is not None:
            counted.append(Counted(tp.partition, record.offset, record.value, decision, chain.head))
    return counted

"""Readers of counting decisions: every process that follows alarm.events uses this filter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from services.contracts.envelope import Decision
from services.contracts.topics import EVENTS
from services.eventsourcing.counting import Chain, LogBroken
from services.eventsourcing.ports import Record
from services.runtime.kafka_clients import let_go
from services.runtime.kafka_log_reader import KafkaLogReader

FEW = 100  # 0.4 ms
MANY = 2000
FETCH_S = 1.0


class Counted(msgspec.Struct, frozen=True, gc=False):
    """A decision that counts, where it lies, and the head after it."""

    partition: int
    offset: int
    value: bytes
    decision: Decision
    head: bytes


class PartitionReader(Protocol):
    """Reads one partition, as `KafkaLogReader` does; raises what that raises."""

    async def start(self) -> None:
        """Call `stop` whatever comes of it."""

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """As `EventLog.read`. Raises `OffsetOutOfRangeError` for an offset that the log does not have."""

    async def stop(self) -> None:
        """Release the connection."""


Reading: TypeAlias = Callable[[Mapping[int, Chain]], AsyncGenerator[Sequence[Counted], None]]


def read_counting(
    kafka: str, start: Mapping[int, Chain], *, topic: str = EVENTS, wait_ms: int = 200, most: int = FEW
) -> AsyncGenerator[Sequence[Counted], None]:
    """`follow_counting` on Kafka, each partition with a reader of its own."""
    readers = {partition: KafkaLogReader(kafka, TopicPartition(topic, partition)) for partition in start}
    return follow_counting(readers, start, wait_ms=wait_ms, most=most)


async def follow_counting(
    readers: Mapping[int, PartitionReader],
    start: Mapping[int, Chain],
    *,
    wait_ms: int = 200,
    most: int = FEW,
) -> AsyncGenerator[Sequence[Counted], None]:
    """Counting decisions of the partitions in `start`, in batches, from each chain's place, for ever.

    An empty batch is given about every `wait_ms` when nothing comes. Raises `LogBroken` when a chain does not
    hold or the log is shorter than a chain, `Unreadable` for an unknown tag, aiokafka's `KafkaError` when the
    broker is away (call again with the chains as they then are). The chains are moved on in place.

    Each partition has a reader of its own and gives at most `most` at a time, so that one which is far behind
    does not keep the others waiting (aiokafka's consumer fetches no partition before all are taken). `FEW` is
    for who has somebody waiting, `MANY` for who pays for each batch, with a transaction.
    """
    reads: dict[asyncio.Task[Sequence[Record]], int] = {}
    try:
        for reader in readers.values():
            await reader.start()
        due = set(start)
        while True:
            for partition in due:
                read = readers[partition].read(start[partition].offset, most=most, wait_s=FETCH_S)
                reads[asyncio.create_task(read)] = partition
            done, _ = await asyncio.wait(reads, timeout=wait_ms / 1000, return_when=asyncio.FIRST_COMPLETED)
            came = sorted((reads.pop(read), read) for read in done)
            due = {partition for partition, _ in came}
            yield counting_of(start, dict(came))
    finally:
        for task in reads:
            task.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
        await asyncio.gather(*(let_go(reader) for reader in readers.values()))


def counting_of(
    chains: Mapping[int, Chain], reads: Mapping[int, asyncio.Future[Sequence[Record]]]
) -> list[Counted]:
    """What counts of these finished reads, by partition. Raises what one of them raised, before any chain moves.

    A chain that moved says that its decisions were given; one that fails must not take the others' with it.
    """
    for read in reads.values():
        read.exception()  # where several fail at once, one is raised and the others are no news
    came = {partition: _records(chains[partition], partition, read) for partition, read in reads.items()}
    return [
        one for partition, records in came.items() for one in _take(chains[partition], partition, records)
    ]


def _records(chain: Chain, partition: int, read: asyncio.Future[Sequence[Record]]) -> Sequence[Record]:
    try:
        return read.result()
    except OffsetOutOfRangeError as error:
        raise LogBroken(f"partition {partition} ends before offset {chain.offset}, which was read") from error


def _take(chain: Chain, partition: int, records: Sequence[Record]) -> list[Counted]:
    counted = []
    for record in records:
        decision = chain.take(record)
        if decision is not None:
            counted.append(Counted(partition, record.offset, record.value, decision, chain.head))
    return counted

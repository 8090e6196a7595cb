"""Reads one partition of a log through all its generations, as the one list that they are.

A generation lies in a topic of its own, whose first record says at which offset of the list it lies (`lies_at` of its
genesis, and `inbox_begins` there). So whoever reads knows offsets of the list only, and what lies in an old topic behind
the beginning of the next generation is no part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import TopicPartition

from services.contracts.codec import decode_decision
from services.contracts.envelope import GenerationBegun
from services.contracts.topics import EVENTS, INBOX, topic_of
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.ports import Record
from services.runtime.kafka_clients import let_go
from services.runtime.kafka_partition_reader import KafkaPartitionReader

GENESIS_S = 5.0
_FOR_EVER = 1 << 62


class Generation(NamedTuple):
    """Where a part of the list lies: from offset `begins` up to, not with, `ends`, in this topic from its beginning."""

    topic: str
    begins: int
    ends: int


FIRST = Generation("", 0, _FOR_EVER)  # as long as there is no other


class KafkaLogReader:
    """The same as `KafkaPartitionReader`, whose errors it raises, of a log; and `LogBroken` where one has no genesis."""

    def __init__(self, kafka: str, tp: TopicPartition) -> None:
        """`kafka`: bootstrap servers; `tp`: the log's name and the partition."""
        self._kafka, self._tp = kafka, tp
        self._readers: dict[str, KafkaPartitionReader] = {}
        self.generations: tuple[Generation, ...] = ()

    async def start(self) -> None:
        """Learn where the log lies. Raises `TimeoutError` besides; call `stop` whatever comes of it."""
        log = self._tp.topic
        numbers = range(1, (await self._reader(log)).generations + 1)
        begins = [0, *[await self._begins(number) for number in numbers[1:]]]
        ends = (*begins[1:], _FOR_EVER)
        self.generations = tuple(
            Generation(topic_of(log, number), *place)
            for number, *place in zip(numbers, begins, ends, strict=True)
        )

    async def stop(self) -> None:
        """Release the connections."""
        for reader in self._readers.values():
            await let_go(reader)

    async def begin(self) -> int:
        """The offset of the first record that is still there."""
        return await (await self._reader(self._tp.topic)).begin()

    async def end(self) -> int:
        """The offset that the next record will get."""
        newest = self.generations[-1]
        return newest.begins + await (await self._reader(newest.topic)).end()

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """As `EventLog.read`. Raises `OffsetOutOfRangeError` for an offset that the log does not have."""
        topic, begins, ends = next(one for one in reversed(self.generations) if one.begins <= offset)
        reader = await self._reader(topic)
        found = await reader.read(offset - begins, most=min(most, ends - offset), wait_s=wait_s)
        return [Record(begins + one.offset, one.stamp_us, one.value) for one in found] if begins else found

    async def _begins(self, number: int) -> int:
        """Where a later generation begins in the list, as its genesis says."""
        log = self._tp.topic
        record = topic_of(log.removesuffix(INBOX) + EVENTS if log.endswith(INBOX) else log, number)
        found = await (await self._reader(record)).read(0, most=1, wait_s=GENESIS_S)
        for one in found:
            decision = decode_decision(one.value)
            for event in decision.events:
                if isinstance(event, GenerationBegun):
                    return event.inbox_begins if log.endswith(INBOX) else decision.lies_at
        raise LogBroken(f"{record}, partition {self._tp.partition}, does not begin with its genesis")

    async def _reader(self, topic: str) -> KafkaPartitionReader:
        reader = self._readers.get(topic)
        if reader is None:
            reader = self._readers[topic] = KafkaPartitionReader(
                self._kafka, TopicPartition(topic, self._tp.partition)
            )
            await reader.start()
        return reader

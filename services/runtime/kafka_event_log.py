"""A log partition on Kafka: one reader and, for each writer, one producer of its own, to the newest generation."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from itertools import islice

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.producer.message_accumulator import BatchBuilder

from services.eventsourcing.ports import AppendUnknown, OffsetGone, Record
from services.runtime.kafka_clients import REQUEST_TIMEOUT_MS, Producer, let_go, new_producer
from services.runtime.kafka_log_reader import FIRST, Generation, KafkaLogReader

FILLED_AT_ONCE = 100


class KafkaEventLog:
    """One partition of a topic. After any error it begins anew with the next call."""

    def __init__(self, kafka: str, topic: str, partition: int) -> None:
        """`kafka`: bootstrap servers."""
        self._kafka = kafka
        self._tp = TopicPartition(topic, partition)
        self._reader: KafkaLogReader | None = None

    async def begin(self) -> int:
        """See the port."""
        async with self._reading() as reader:
            return await reader.begin()

    async def begun(self) -> int:
        """See the port."""
        async with self._reading() as reader:
            return reader.generations[-1].begins

    async def end(self) -> int:
        """See the port."""
        async with self._reading() as reader:
            return await reader.end()

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """See the port."""
        async with self._reading() as reader:
            try:
                return await reader.read(offset, most=most, wait_s=wait_s)
            except OffsetOutOfRangeError as error:
                raise OffsetGone(f"{self._tp.topic}-{self._tp.partition} has no offset {offset}") from error

    async def open_writer(self) -> KafkaLogWriter:
        """See the port."""
        producer = new_producer(self._kafka)
        await producer.start()
        try:
            return KafkaLogWriter(producer, await self._newest(producer), self._tp.partition)
        except BaseException:
            await let_go(producer)
            raise

    async def _newest(self, producer: Producer) -> Generation:
        """Where is written. A reader that was opened before this generation began is replaced."""
        topic = await producer.newest(self._tp.topic)
        if self._reader is not None and self._reader.generations[-1].topic != topic:
            await self.close()
        if topic == self._tp.topic:
            return FIRST._replace(topic=topic)
        async with self._reading() as reader:
            return reader.generations[-1]

    async def close(self) -> None:
        """Release the connections."""
        if self._reader is not None:
            reader, self._reader = self._reader, None
            await let_go(reader)

    @contextlib.asynccontextmanager
    async def _reading(self) -> AsyncIterator[KafkaLogReader]:
        try:
            yield self._reader or await self._started()
        except (KafkaError, OSError, OffsetGone):
            await self.close()
            raise

    async def _started(self) -> KafkaLogReader:
        reader = KafkaLogReader(self._kafka, self._tp)
        try:
            await reader.start()
        except BaseException:
            await let_go(reader)
            raise
        self._reader = reader
        return reader


class KafkaLogWriter:
    """One producer for one partition; a batch is one produce request, or several that land in order."""

    def __init__(self, producer: Producer, to: Generation, partition: int) -> None:
        self._producer = producer
        self._to, self._partition = to, partition

    async def append(self, values: Sequence[bytes]) -> int:
        """See the port. Values beyond one batch go out one after the other and must follow each other."""
        first: int | None = None
        at, expected = 0, 0
        while at < len(values):
            batch = self._producer.create_batch()
            count = await _fill(batch, values, at)
            landed = await self._send(batch)
            if first is None:
                first = expected = landed
            if landed != expected:
                raise AppendUnknown(f"a batch landed at {landed}, {expected} was next")
            at, expected = at + count, expected + count
        if first is None:
            raise ValueError("nothing to append")
        return first

    async def _send(self, batch: object) -> int:
        try:
            sent = await self._producer.send_batch(batch, self._to.topic, partition=self._partition)
            async with asyncio.timeout(REQUEST_TIMEOUT_MS * 3 / 1000):
                metadata = await sent
        except (KafkaError, TimeoutError) as error:
            raise AppendUnknown(str(error)) from error
        if metadata is None or metadata.offset < 0:
            raise AppendUnknown("the broker gave no offset")
        return self._to.begins + int(metadata.offset)

    async def close(self) -> None:
        """See the port."""
        await let_go(self._producer)


async def _fill(batch: BatchBuilder, values: Sequence[bytes], at: int) -> int:
    """Put in what fits of `values` from `at`; how many. Lets others have their turn now and then."""
    for count, value in enumerate(islice(values, at, None)):
        if batch.append(key=None, value=value, timestamp=None) is None:
            return count
        if count % FILLED_AT_ONCE == FILLED_AT_ONCE - 1:
            await asyncio.sleep(0)
    return len(values) - at

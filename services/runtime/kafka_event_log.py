"""A log partition on Kafka. One consumer and, for each writer, one producer of its own.

The consumer waits up to half a second at the broker (`fetch_max_wait_ms`), which costs an idle partition two
requests a second and a busy one nothing, since one byte ends the wait. A consumer of aiokafka may stay silent
for ever after its broker was killed; one that shows nothing where the log goes on is replaced. Positions are always set with `seek`:
aiokafka's `seek_to_beginning` with a default reset policy silently skips records.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from services.eventsourcing.ports import AppendUnknown, OffsetGone, Record

BATCH_BYTES = 900_000
REQUEST_BYTES = 1_048_576
REQUEST_TIMEOUT_MS = 5_000
STOP_S = 1.0
SILENT_S = 2.0  # longer than a fetch takes on a whole broker


def new_producer(kafka: str) -> AIOKafkaProducer:
    """A producer with the measured settings (design, section 3). Not started."""
    return AIOKafkaProducer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        retry_backoff_ms=100,
    )


def new_consumer(kafka: str, *, wait_ms: int = 500) -> AIOKafkaConsumer:
    """A consumer without a group, positions set by the caller. Not started."""
    return AIOKafkaConsumer(
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_min_bytes=1,
        fetch_max_wait_ms=wait_ms,
        max_partition_fetch_bytes=4 * REQUEST_BYTES,
        retry_backoff_ms=100,
    )


async def let_go(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Stop it, within a second, whatever it says.

    With the broker away, aiokafka's `stop` lets the cancellation of its own tasks out: awaited directly it
    would end the caller as if somebody had cancelled it, without a word.
    """
    stopping = asyncio.ensure_future(client.stop())
    done, _ = await asyncio.wait({stopping}, timeout=STOP_S)
    if not done:
        stopping.cancel()
    elif not stopping.cancelled():
        stopping.exception()


class KafkaEventLog:
    """One partition of a topic."""

    def __init__(self, kafka: str, topic: str, partition: int) -> None:
        """`kafka`: bootstrap servers."""
        self._kafka = kafka
        self._tp = TopicPartition(topic, partition)
        self._consumer: AIOKafkaConsumer | None = None
        self._position = -1
        self._silent_since = 0.0

    async def end(self) -> int:
        """See the port."""
        consumer = await self._started()
        ends = await consumer.end_offsets([self._tp])
        return int(ends[self._tp])

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """See the port."""
        consumer = await self._started()
        if offset != self._position:
            if offset > await self.end():
                raise OffsetGone(f"{self._tp.topic}-{self._tp.partition} ends before offset {offset}")
            consumer.seek(self._tp, offset)
            self._position = offset
        try:
            batches = await consumer.getmany(self._tp, timeout_ms=int(wait_s * 1000), max_records=most)
        except OffsetOutOfRangeError as error:
            raise OffsetGone(str(error)) from error
        records = [Record(m.offset, m.timestamp * 1000, m.value) for m in batches.get(self._tp, ())]
        if records:
            self._position = records[-1].offset + 1
        await self._replace_if_stalled(showed=bool(records))
        return records

    async def _replace_if_stalled(self, *, showed: bool) -> None:
        """Drop a consumer that has shown nothing for a while although the log goes on."""
        now = asyncio.get_running_loop().time()
        if showed or self._silent_since == 0.0:
            self._silent_since = now
        elif now - self._silent_since > SILENT_S:
            self._silent_since = now
            if await self._lies_behind():
                await self.close()

    async def _lies_behind(self) -> bool:
        try:
            return await asyncio.wait_for(self.end(), SILENT_S) > self._position
        except TimeoutError:
            return True

    async def open_writer(self) -> KafkaLogWriter:
        """See the port."""
        producer = new_producer(self._kafka)
        try:
            await producer.start()
        except BaseException:
            await let_go(producer)
            raise
        return KafkaLogWriter(producer, self._tp)

    async def close(self) -> None:
        """Release the connections."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            self._silent_since = 0.0
            await let_go(consumer)

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = new_consumer(self._kafka)
            try:
                await consumer.start()
            except BaseException:
                await let_go(consumer)
                raise
            consumer.assign([self._tp])
            self._consumer, self._position = consumer, -1
        return self._consumer


class KafkaLogWriter:
    """One producer for one partition; a batch is one produce request, or several that land in order."""

    def __init__(self, producer: AIOKafkaProducer, tp: TopicPartition) -> None:
        self._producer = producer
        self._tp = tp

    async def append(self, values: Sequence[bytes]) -> int:
        """See the port. Values beyond one batch go out one after the other and must follow each other."""
        first: int | None = None
        at, expected = 0, 0
        while at < len(values):
            batch = self._producer.create_batch()
            count = 0
            while at + count < len(values):
                if batch.append(key=None, value=values[at + count], timestamp=None) is None:
                    break
                count += 1
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
            sent = await self._producer.send_batch(batch, self._tp.topic, partition=self._tp.partition)
            metadata = await asyncio.wait_for(sent, REQUEST_TIMEOUT_MS * 3 / 1000)
        except (KafkaError, TimeoutError) as error:
            raise AppendUnknown(str(error)) from error
        if metadata is None or metadata.offset < 0:
            raise AppendUnknown("the broker gave no offset")
        return int(metadata.offset)

    async def close(self) -> None:
        """See the port."""
        await let_go(self._producer)

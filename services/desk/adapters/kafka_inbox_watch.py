"""The inbox beyond what was decided, read beside the router: how long it waits and which signals are in it.

A consumer of aiokafka may stay silent for ever after its broker was killed; one that shows nothing where the
inbox goes on is replaced. What was read is kept meanwhile: a stopped partition stays on the screens.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.contracts.topics import INBOX
from services.desk.domain.waiting import Waiting
from services.desk.ports import Away
from services.eventsourcing.ports import OffsetGone
from services.picture.undecided import raw_signal
from services.runtime.kafka_clients import let_go, new_consumer
from services.runtime.kafka_event_log import KafkaEventLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiokafka import AIOKafkaConsumer

    from services.contracts.alarm import AlarmClass
    from services.contracts.views import StoppedPartition, UndecidedSignal
    from services.desk.domain.reading_place import Place

AGAIN_SECONDS = 0.3
SILENT_SECONDS = 2.0
READ_SECONDS = 2.0
_TICK = b'{"type":"tick.v1"'
_log = structlog.get_logger()


class InboxWatch:
    """`Inbox` on Kafka. `follow` runs beside the server for as long as it serves."""

    def __init__(
        self,
        kafka: str,
        places: Mapping[int, Place],
        class_of: Callable[[str], AlarmClass],
        *,
        topic: str = INBOX,
    ) -> None:
        """`places`: how far decisions are known; moved on by their reader. `class_of`: what a code means."""
        self._kafka, self._places, self._class_of, self._topic = kafka, places, class_of, topic
        self._waiting = {partition: Waiting(partition) for partition in places}
        self._next = {partition: place.source + 1 for partition, place in places.items()}
        self.following = False

    def behind_us(self, now: int) -> int:
        """How long the record that waits longest has waited."""
        since = [since for waiting in self._now().values() if (since := waiting.since()) is not None]
        return max(0, now - min(since, default=now))

    def waits(self, partition: int) -> bool:
        """See the port."""
        return partition in self._waiting and len(self._now()[partition]) > 0

    def stopped(self, now: int) -> tuple[StoppedPartition, ...]:
        """See the port."""
        found = (waiting.stopped(now) for waiting in self._now().values())
        return tuple(one for one in found if one is not None)

    def signals(self, partition: int) -> tuple[UndecidedSignal, ...]:
        """See the port."""
        return self._now()[partition].signals()

    def waiting_of(self, run: str) -> int:
        """How many signals that a receiver's run named are not yet decided."""
        return sum(waiting.of_run[run] for waiting in self._now().values())

    async def at(self, partition: int, offset: int) -> UndecidedSignal | None:
        """See the port."""
        if partition not in self._waiting or offset < 0:
            return None
        log = KafkaEventLog(self._kafka, self._topic, partition)
        try:
            records = await log.read(offset, most=1, wait_s=READ_SECONDS)
        except OffsetGone:
            return None
        except (KafkaError, OSError) as error:
            raise Away("the inbox cannot be read") from error
        finally:
            await log.close()
        for record in records:
            if record.offset == offset:
                raw = raw_signal(partition, offset, record.stamp_us, record.value, self._class_of)
                return None if raw is None else raw.signal
        return None

    async def follow(self) -> None:
        """Read the inbox for ever, from the first record not known to be decided."""
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                self.following = False
                _log.warning("inbox_watch.again", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)

    def _now(self) -> Mapping[int, Waiting]:
        for partition, waiting in self._waiting.items():
            waiting.decided(self._places[partition].source)
        return self._waiting

    async def _read(self) -> None:
        """Until Kafka is away or the consumer has fallen silent."""
        consumer = new_consumer(self._kafka)
        try:
            await consumer.start()
            consumer.assign([TopicPartition(self._topic, partition) for partition in self._next])
            for partition, offset in self._next.items():
                consumer.seek(TopicPartition(self._topic, partition), offset)
            self.following = True
            while True:
                polled = await consumer.getmany(timeout_ms=int(SILENT_SECONDS * 1000), max_records=2000)
                for tp, messages in polled.items():
                    for message in messages:
                        self._take(tp.partition, message.offset, message.timestamp * 1000, message.value)
                if not polled and await self._lies_behind(consumer):
                    return
        finally:
            await let_go(consumer)

    def _take(self, partition: int, offset: int, stamp_us: int, value: bytes) -> None:
        self._next[partition] = offset + 1
        if not value.startswith(_TICK):
            raw = raw_signal(partition, offset, stamp_us, value, self._class_of)
            self._waiting[partition].append(offset, stamp_us, raw)

    async def _lies_behind(self, consumer: AIOKafkaConsumer) -> bool:
        tps = [TopicPartition(self._topic, partition) for partition in self._next]
        async with asyncio.timeout(READ_SECONDS):
            ends = await consumer.end_offsets(tps)
        return any(end > self._next[tp.partition] for tp, end in ends.items())

"""The inbox beyond what was decided, on Kafka.

A consumer of aiokafka may stay silent for ever after its broker was killed; one that shows nothing where the
inbox goes on is replaced.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.contracts.topics import INBOX
from services.desk.adapters.inbox_watch import InboxWatch
from services.desk.ports import Away
from services.eventsourcing.ports import OffsetGone
from services.picture.undecided import raw_signal
from services.runtime.kafka_clients import let_go, new_consumer
from services.runtime.kafka_event_log import KafkaEventLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiokafka import AIOKafkaConsumer

    from services.contracts.alarm import AlarmClass
    from services.contracts.views import UndecidedSignal
    from services.desk.domain.reading_place import Place

SILENT_SECONDS = 2.0
READ_SECONDS = 2.0


class KafkaInboxWatch(InboxWatch):
    """`FollowedInbox` on Kafka."""

    def __init__(
        self,
        kafka: str,
        places: Mapping[int, Place],
        class_of: Callable[[str], AlarmClass],
        *,
        topic: str = INBOX,
    ) -> None:
        """See the watch."""
        super().__init__(places, class_of)
        self._kafka, self._topic = kafka, topic

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

    async def read(self) -> None:
        """See the watch."""
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
                        self.take(tp.partition, message.offset, message.timestamp * 1000, message.value)
                if not polled and await self._lies_behind(consumer):
                    return
        finally:
            await let_go(consumer)

    async def _lies_behind(self, consumer: AIOKafkaConsumer) -> bool:
        tps = [TopicPartition(self._topic, partition) for partition in self._next]
        async with asyncio.timeout(READ_SECONDS):
            ends = await consumer.end_offsets(tps)
        return any(end > self._next[tp.partition] for tp, end in ends.items())

"""How long the oldest record of the inbox has waited for its decision.

Every record but a tick gets a decision, so what lies beyond the highest decided source is waiting; ticks are not
counted, an empty one gets no decision. Only how long it waits is known here, not what it says.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from services.contracts.topics import INBOX
from services.runtime.kafka_event_log import let_go, new_consumer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.desk.domain.reading_place import Place

_TICK = b'{"type":"tick.v1"'


class InboxWatch:
    """What was appended and not yet seen decided, by partition: (offset, broker's time in microseconds)."""

    def __init__(self, kafka: str, places: Mapping[int, Place], *, topic: str = INBOX) -> None:
        """`places`: how far decisions are known; moved on by their reader."""
        self._kafka, self._places, self._topic = kafka, places, topic
        self._waiting: dict[int, deque[tuple[int, int]]] = {partition: deque() for partition in places}

    def behind_us(self, now: int) -> int:
        """How long the record that waits longest has waited."""
        oldest = now
        for partition, waiting in self._waiting.items():
            while waiting and waiting[0][0] <= self._places[partition].source:
                waiting.popleft()
            if waiting:
                oldest = min(oldest, waiting[0][1])
        return now - oldest

    async def follow(self) -> None:
        """Read the inbox from the first record not known to be decided, until Kafka is away."""
        for waiting in self._waiting.values():
            waiting.clear()
        consumer = new_consumer(self._kafka)
        try:
            await consumer.start()
            consumer.assign([TopicPartition(self._topic, partition) for partition in self._places])
            for partition, place in self._places.items():
                consumer.seek(TopicPartition(self._topic, partition), place.source + 1)
            while True:
                polled = await consumer.getmany(timeout_ms=1000, max_records=2000)
                for tp, messages in polled.items():
                    self._waiting[tp.partition].extend(
                        (m.offset, m.timestamp * 1000) for m in messages if not m.value.startswith(_TICK)
                    )
        finally:
            await let_go(consumer)

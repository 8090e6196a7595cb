"""The process `followup`: reads decisions and tells other subjects what concerns them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.alarm_router.handlers.following_up import follow_up
from services.contracts.codec import encode
from services.contracts.reports import FollowUp
from services.contracts.topics import EVENTS, INBOX, partition_of
from services.eventsourcing.counting import LogBroken
from services.runtime.acting_on_decisions import act_on_decisions
from services.runtime.clock import now_us
from services.runtime.counting import Counted
from services.runtime.health import mark_ready
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.kafka_records import KafkaRecords
from services.runtime.postgres_pool import open_pool
from services.runtime.settings import Settings

READER = "followup"
WAIT_S = 1.0
TRIES = 10


class KafkaInboxes:
    """`Inboxes` on Kafka. `inbox`: the topic, for tests."""

    def __init__(self, kafka: str, *, inbox: str = INBOX) -> None:
        """`kafka`: bootstrap servers."""
        self._kafka, self._topic, self._records = kafka, inbox, KafkaRecords(kafka)
        self._logs: dict[int, KafkaEventLog] = {}

    async def value(self, partition: int, offset: int) -> bytes:
        """See the port. Raises `LogBroken` when the inbox has nothing there."""
        log = self._logs.setdefault(partition, KafkaEventLog(self._kafka, self._topic, partition))
        for _ in range(TRIES):
            found = await log.read(offset, most=1, wait_s=WAIT_S)
            if found and found[0].offset == offset:
                return found[0].value
        raise LogBroken(f"inbox {partition} shows nothing at offset {offset}, which was decided")

    async def append(self, record: FollowUp) -> None:
        """See the port."""
        await self._records.append(self._topic, partition_of(record.subject), record.subject, encode(record))

    async def close(self) -> None:
        """Release the connections."""
        await self._records.close()
        await asyncio.gather(*(log.close() for log in self._logs.values()))


async def run(settings: Settings, *, events: str = EVENTS, inbox: str = INBOX) -> None:
    """Follow up for ever."""
    pool = await open_pool(settings, 2)
    inboxes = KafkaInboxes(settings.kafka, inbox=inbox)

    async def act(batch: Sequence[Counted]) -> None:
        for counted in batch:
            await follow_up(inboxes, counted.partition, counted.offset, counted.decision, now_us())

    try:
        await act_on_decisions(
            settings.kafka, pool, READER, act, topic=events, ready=lambda: mark_ready(settings, "followup")
        )
    finally:
        await inboxes.close()
        pool.terminate()

"""The inbox beyond what was decided, on Kafka."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka.errors import KafkaError

from services.contracts.topics import INBOX
from services.desk.adapters.inbox_watch import InboxWatch
from services.desk.ports import Away
from services.eventsourcing.ports import OffsetGone
from services.picture.undecided import raw_signal
from services.runtime.kafka_event_log import KafkaEventLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.contracts.alarm import AlarmClass
    from services.contracts.views import UndecidedSignal
    from services.desk.domain.reading_place import Place

READ_SECONDS = 2.0
MANY = 2000


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
        logs = {partition: KafkaEventLog(self._kafka, self._topic, partition) for partition in self._next}
        opened: set[int] = set()
        reading = [asyncio.create_task(self._follow(*one, opened)) for one in logs.items()]
        try:
            ended, _ = await asyncio.wait(reading, return_when=asyncio.FIRST_EXCEPTION)
            for task in ended:
                task.result()
        finally:  # each is cancelled once: a second time would break off what it still releases
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
            await asyncio.gather(*(log.close() for log in logs.values()))

    async def _follow(self, partition: int, log: KafkaEventLog, opened: set[int]) -> None:
        """One partition for ever. `opened`: those that are being read."""
        await log.end()
        opened.add(partition)
        self.following = len(opened) == len(self._next)
        while True:
            for record in await log.read(self._next[partition], most=MANY, wait_s=READ_SECONDS):
                self.take(partition, record.offset, record.stamp_us, record.value)

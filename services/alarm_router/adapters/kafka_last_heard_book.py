"""The watch's memory on a compacted topic.

Copies are written under two sets of keys in turn, so that the one before is there until the next is whole, wherever
a kill falls. A copy counts if all of its chunks are there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import msgspec
import structlog
from msgspec.structs import replace

from services.contracts.codec import NOT_READ, encode
from services.contracts.liveness import LastHeard
from services.contracts.topics import LAST_HEARD
from services.eventsourcing.ports import Record
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.kafka_records import KafkaRecords

COPIES = 2
LOAD_SECONDS = 120.0
MOST_READ = 50

log = structlog.get_logger()
_CHUNK: msgspec.json.Decoder[LastHeard] = msgspec.json.Decoder(LastHeard)


class KafkaLastHeardBook:
    """Of one partition. See the port."""

    def __init__(self, kafka: str, partition: int, records: KafkaRecords, topic: str = LAST_HEARD) -> None:
        """`kafka`: bootstrap servers. `records` writes for all books of a process; whoever made it closes it."""
        self._topic = topic
        self._partition = partition
        self._log = KafkaEventLog(kafka, topic, partition)
        self._records = records
        self._copy = 0

    async def load(self) -> Sequence[LastHeard]:
        """See the port."""
        found = _Copies()
        async with asyncio.timeout(LOAD_SECONDS):
            offset, end = await self._log.begin(), await self._log.end()
            while offset < end:
                for record in await self._log.read(offset, most=MOST_READ, wait_s=1):
                    offset = record.offset + 1
                    found.take(record)
        if found.whole:
            self._copy = found.whole[0].copy + 1
        return found.whole

    async def save(self, chunks: Iterable[LastHeard]) -> None:
        """See the port."""
        for chunk in chunks:
            key, value = f"{self._copy % COPIES}/{chunk.chunk}", encode(replace(chunk, copy=self._copy))
            await self._records.append(self._topic, self._partition, key, value)
        self._copy += 1

    async def close(self) -> None:
        """Release the connections."""
        await self._log.close()


class _Copies:
    """The newest whole copy of what is read, in the order in which it was written."""

    def __init__(self) -> None:
        self.whole: Sequence[LastHeard] = ()
        self._part: list[LastHeard] = []

    def take(self, record: Record) -> None:
        try:
            chunk = _CHUNK.decode(record.value)
        except NOT_READ as error:
            log.warning("the watch's memory is not readable", offset=record.offset, why=str(error))
            return
        if chunk.chunk == 0 or (self._part and chunk.copy != self._part[0].copy):
            self._part = []
        self._part.append(chunk)
        if [one.chunk for one in self._part] == list(range(chunk.chunks)):
            self.whole = self._part

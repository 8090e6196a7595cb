"""The watch's memory on a compacted topic.

Copies are written under two sets of keys in turn, so that the one before is there until the next is whole, wherever
a kill falls. A copy counts if all of its chunks are there. Chunks of several may lie among each other, since one that
had no answer may land late, and two routers may write at once: each attempt has a number that no other has.
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
from services.runtime.clock import now_us
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
        self._keys = 0  # the set that the next copy is written under

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
            self._keys = (found.whole[0].copy + 1) % COPIES
        return found.whole

    async def save(self, chunks: Iterable[LastHeard]) -> None:
        """See the port."""
        copy = now_us() * COPIES + self._keys
        for chunk in chunks:
            key, value = f"{self._keys}/{chunk.chunk}", encode(replace(chunk, copy=copy))
            await self._records.append(self._topic, self._partition, key, value)
        self._keys = (self._keys + 1) % COPIES

    async def close(self) -> None:
        """Release the connections."""
        await self._log.close()


class _Copies:
    """Of the copies that are whole, the one that began last.

    Older routers counted their copies, so that a number may have been given twice: the place that was read up to
    tells such copies apart.
    """

    def __init__(self) -> None:
        self.whole: Sequence[LastHeard] = ()
        self._parts: dict[tuple[int, int, int], list[LastHeard]] = {}  # in the order in which they began

    def take(self, record: Record) -> None:
        try:
            chunk = _CHUNK.decode(record.value)
        except NOT_READ as error:
            log.warning("the watch's memory is not readable", offset=record.offset, why=str(error))
            return
        name = chunk.copy, chunk.offset, chunk.chunks
        if chunk.chunk == 0:
            self._parts.pop(name, None)
            self._parts[name] = []
        part = self._parts.get(name, [])
        if chunk.chunk != len(part):  # late, or of a copy whose beginning another took the place of
            return
        part.append(chunk)
        if len(part) == chunk.chunks:
            self.whole = part
            begun = list(self._parts)
            self._parts = {later: self._parts[later] for later in begun[begun.index(name) + 1 :]}

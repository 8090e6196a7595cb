"""The registry's lines from the compacted topic registry.directory: read whole, then followed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from services.contracts.codec import Malformed, decode_line
from services.contracts.topics import DIRECTORY
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.runtime.kafka_event_log import let_go

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord, TopicPartition

_RETRY_SECONDS = 0.5
_POLL_MS = 200


class KafkaLineDirectory(MemoryLineDirectory):
    """`loaded` is set once everything that stood in the topic at the start has been read.

    The topic is small and the dict is rebuilt at every start, so there is no group and no stored position.
    """

    def __init__(self, bootstrap: str, topic: str = DIRECTORY) -> None:
        """`bootstrap`: `host:port[,host:port]`."""
        super().__init__()
        self._bootstrap = bootstrap
        self._topic = topic
        self._log = structlog.get_logger("ingest.directory")
        self.loaded = asyncio.Event()

    async def follow(self) -> None:
        """Read for ever; a broker that goes away is waited for. Raises `UnknownTag` for a newer producer."""
        while True:
            consumer = AIOKafkaConsumer(
                self._topic,
                bootstrap_servers=self._bootstrap,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                metadata_max_age_ms=30_000,
            )
            try:
                await consumer.start()
                await self._read(consumer)
            except KafkaError as error:
                self._log.warning("directory_interrupted", error=repr(error))
            finally:
                await let_go(consumer)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        """Without a group the consumer assigns itself every partition, from the earliest record."""
        ends = await consumer.end_offsets(consumer.assignment())
        if not ends:
            self._log.warning("directory_topic_missing", topic=self._topic)
            return
        while True:
            batches = await consumer.getmany(timeout_ms=_POLL_MS)
            for records in batches.values():
                for record in records:
                    self._note(record)
            if not self.loaded.is_set() and await _reached(consumer, ends):
                self._log.info("directory_loaded", lines=len(self))
                self.loaded.set()

    def _note(self, record: ConsumerRecord) -> None:
        if record.value is None:
            self.forget((record.key or b"").decode(errors="replace"))
            return
        try:
            self.assign(decode_line(record.value))
        except Malformed as error:
            self._log.error("directory_record_unreadable", offset=record.offset, error=str(error))


async def _reached(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    for partition, end in ends.items():
        if await consumer.position(partition) < end:
            return False
    return True

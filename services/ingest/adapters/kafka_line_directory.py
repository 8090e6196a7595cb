"""The registry's lines from the compacted topic registry.directory: read whole, then followed.

Until it has been read whole, the lines that the last run read answer, if there are any: a receiver that starts while
Kafka is away knows whose line an account is, as it last was.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.contracts.codec import Unreadable, decode_line
from services.contracts.topics import DIRECTORY, PARTITIONS
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.runtime.kafka_clients import let_go, new_consumer

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, ConsumerRecord

    from services.contracts.directory import LineAssigned
    from services.ingest.adapters.directory_file import DirectoryFile

_RETRY_SECONDS = 0.5
_POLL_MS = 200
_SILENT_SECONDS = 2.0  # aiokafka may show nothing for ever after its broker was killed: then look
_LOADING_SECONDS = 5.0  # who begins anew before the first records came might never be done
_ANSWER_SECONDS = 10.0  # a live broker says where its partitions end


class KafkaLineDirectory:
    """`loaded` is set once everything that stood in the topic at the start has been read.

    What cannot be read, also since a newer version wrote it, leaves its line as it was: a receiver is replaced last,
    and must not stop receiving before. Its successor reads the topic from the beginning.

    The topic is small and the dict is rebuilt at every start, so there is no group and no stored position. What was
    remembered is then dropped as a whole, and what was read is remembered in its place, as is each change of it.
    """

    def __init__(self, bootstrap: str, file: DirectoryFile, topic: str = DIRECTORY) -> None:
        """`bootstrap`: `host:port[,host:port]`; `file`: what the last run read."""
        self._bootstrap = bootstrap
        self._file = file
        self._places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        self._log = structlog.get_logger("ingest.directory")
        self._lines = MemoryLineDirectory()
        self._unwritten = True
        remembered = file.read()
        self.known = remembered is not None
        self._answering = MemoryLineDirectory(remembered or ())
        self.loaded = asyncio.Event()

    def site_of(self, account_space: str, account: str) -> str | None:
        """See the port."""
        return self._answering.site_of(account_space, account)

    def line_of(self, account_space: str, account: str) -> LineAssigned | None:
        """See the port."""
        return self._answering.line_of(account_space, account)

    async def follow(self) -> None:
        """Read for ever; a broker that goes away is waited for."""
        while True:
            consumer = new_consumer(self._bootstrap, wait_ms=_POLL_MS)
            try:
                await consumer.start()
                await self._read(consumer)
            except (KafkaError, TimeoutError) as error:
                self._log.warning("directory_interrupted", error=repr(error))
            finally:
                await let_go(consumer)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        """Read from the beginning; return when the consumer shows nothing where the topic goes on."""
        consumer.assign(self._places)
        async with asyncio.timeout(_ANSWER_SECONDS):
            for place, start in (await consumer.beginning_offsets(self._places)).items():
                consumer.seek(place, start)
        clock = asyncio.get_running_loop().time
        looked = clock()
        while True:
            batches = await consumer.getmany(timeout_ms=_POLL_MS)
            for records in batches.values():
                for record in records:
                    self._note(record)
            patience = _SILENT_SECONDS if self.loaded.is_set() else _LOADING_SECONDS
            silent = not batches and clock() - looked > patience
            if batches or silent:
                looked = clock()
            if not self.loaded.is_set():
                await self._finish_loading(consumer)
            elif batches or silent:
                await self._remember()
            if silent and not await self._reached_end(consumer):
                self._log.warning("directory_stalled")
                return

    async def _finish_loading(self, consumer: AIOKafkaConsumer) -> None:
        if await self._reached_end(consumer):
            self._log.info("directory_loaded", lines=len(self._lines))
            self._answering, self.known = self._lines, True
            self.loaded.set()
            await self._remember()

    async def _reached_end(self, consumer: AIOKafkaConsumer) -> bool:
        async with asyncio.timeout(_ANSWER_SECONDS):
            ends = await consumer.end_offsets(self._places)
            return all([await consumer.position(place) >= end for place, end in ends.items()])

    async def _remember(self) -> None:
        """Write what changed; a disk that takes nothing is asked again in a while."""
        if not self._unwritten:
            return
        self._unwritten = False
        try:
            await asyncio.to_thread(self._file.write, self._lines.assigned())
        except OSError as error:
            self._unwritten = True
            self._log.error("directory_not_remembered", error=repr(error))

    def _note(self, record: ConsumerRecord) -> None:
        self._unwritten = True
        if record.value is None:
            self._lines.forget((record.key or b"").decode(errors="replace"))
            return
        try:
            self._lines.note(decode_line(record.value))
        except Unreadable as error:
            self._log.error("directory_record_unreadable", offset=record.offset, error=str(error))

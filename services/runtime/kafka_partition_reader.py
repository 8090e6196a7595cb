"""Reads one partition by fetch requests of its own, with nothing running behind the caller's back.

aiokafka's consumer makes a record object, a future or two and a dozen calls of each record (3.6 us) and fetches
in a task that may fall silent when its broker is killed. A log partition needs none of what that serves:
groups, many partitions, deserializers. So this asks aiokafka's client for the bytes and its C parser for the
records (0.5 us), and every error of a fetch is raised by the `read` that wanted it.

At most one fetch is under way: begun as soon as the one before was taken and the log goes on, so that the
broker reads while the caller works; otherwise by the next `read`. It waits at the broker up to `FETCH_WAIT_MS`,
which costs an idle partition one request a second and a busy one nothing, since one byte ends the wait; and a
reader that is sent elsewhere meanwhile may wait as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    CorruptRecordException,
    LeaderNotAvailableError,
    NoError,
    NotLeaderForPartitionError,
    OffsetOutOfRangeError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords
from crc32c import crc32c

from services.eventsourcing.ports import Record
from services.runtime.kafka_clients import REQUEST_TIMEOUT_MS, also_when_cancelled
from services.runtime.kafka_generations import generations

FETCH_BYTES = 1_048_576
FETCH_WAIT_MS = 1_000
ELECTION_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_ELECTING = (LeaderNotAvailableError, NotLeaderForPartitionError, UnknownTopicOrPartitionError)
# Where a record batch (message format 2, the only one since Kafka 4) has its length, its format and its CRC.
_LENGTH_AT, _LENGTH_ENDS, _FORMAT_AT, _CRC_AT, _CRC_ENDS = 8, 12, 16, 17, 21
_FORMAT = b"\x02"
_LATEST, _EARLIEST = -1, -2  # Kafka's names for the ends of a partition, in place of a time


class _Fetched(NamedTuple):
    """`next`: where the next fetch begins; `end`: of the log, as the broker knew it."""

    records: Iterator[Record]
    next: int
    end: int


class KafkaPartitionReader:
    """One connection to the partition's leader. Raises aiokafka's `KafkaError`, after which it is of no use."""

    def __init__(self, kafka: str, tp: TopicPartition) -> None:
        """`kafka`: bootstrap servers."""
        self._tp = tp
        self._client = AIOKafkaClient(bootstrap_servers=kafka, request_timeout_ms=REQUEST_TIMEOUT_MS)
        self.generations = 1  # how many there are, where this is the topic of a log's first
        self._fetching: asyncio.Task[_Fetched] | None = None
        self._records: Iterator[Record] = iter(())
        self._wanted = self._position = -1

    async def start(self) -> None:
        """Learn who leads the partition. Raises `TimeoutError` besides; call `stop` whatever comes of it."""
        await also_when_cancelled(self._connect())
        await self._learn(self._client.set_topics([self._tp.topic]))

    async def stop(self) -> None:
        """Release the connection; what is under way is forgotten."""
        self._forget()
        await self._client.close()

    async def end(self) -> int:
        """The offset that the next record will get."""
        return await self._place(_LATEST)

    async def begin(self) -> int:
        """The offset of the first record that is still there."""
        return await self._place(_EARLIEST)

    async def _connect(self) -> None:
        await self._client.bootstrap()
        self.generations = await generations(self._client, self._tp.topic)

    async def _place(self, of: int) -> int:
        wanted = [(self._tp.topic, [(self._tp.partition, of)])]
        _, _, _, offset, *_ = await self._ask(OffsetRequest(-1, 0, wanted))
        return int(offset)

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """As `EventLog.read`. Raises `OffsetOutOfRangeError` for an offset that the log does not have."""
        if offset != self._wanted:
            await self._seek(offset)
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while not (records := list(islice(self._records, most))):
            if not await self._more(until - loop.time()):
                return ()
        self._wanted = records[-1].offset + 1
        return records

    async def _more(self, wait_s: float) -> bool:
        """Take the next fetch; False if it is still under way after `wait_s`."""
        fetching = self._fetching = self._fetching or self._begin()
        await asyncio.wait({fetching}, timeout=max(0.0, wait_s))
        if not fetching.done():
            return False
        self._fetching = None
        self._records, self._position, end = fetching.result()
        if self._position < end:
            self._fetching = self._begin()
            await asyncio.sleep(0)  # now it is with the broker
        return True

    async def _seek(self, offset: int) -> None:
        """Go there. Asking for the end says at once what a fetch says after its wait."""
        self._forget()
        if offset > await self.end():
            raise OffsetOutOfRangeError(f"{self._tp.topic}-{self._tp.partition} ends before {offset}")
        self._wanted = self._position = offset

    def _begin(self) -> asyncio.Task[_Fetched]:
        fetching = asyncio.create_task(self._fetch(self._position))
        fetching.add_done_callback(_seen)
        return fetching

    def _forget(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
        self._fetching, self._records, self._wanted = None, iter(()), -1

    async def _fetch(self, offset: int) -> _Fetched:
        wanted = [(self._tp.topic, [(self._tp.partition, offset, FETCH_BYTES)])]
        _, _, end, *_, value = await self._ask(FetchRequest(FETCH_WAIT_MS, 1, FETCH_BYTES, 0, wanted))
        batches = list(batches_of(value))
        after = batches[-1].next_offset if batches else offset
        return _Fetched(records_of(batches, offset), after, end)

    async def _ask(self, request: FetchRequest | OffsetRequest) -> tuple[Any, ...]:
        """What the leader says of the partition. While a new topic or a new broker has no leader, ask again."""
        for pause_s in (*ELECTION_PAUSES_S, None):
            leader = self._client.cluster.leader_for_partition(self._tp)
            error = LeaderNotAvailableError
            if leader is not None and leader >= 0:
                response = await self._client.send(leader, request)
                said: tuple[Any, ...] = response.topics[0][1][0]
                error = for_code(said[1])
            if error is NoError:
                return said
            if error not in _ELECTING or pause_s is None:
                break
            await asyncio.sleep(pause_s)
            await self._learn(self._client.force_metadata_update())
        raise error(f"{self._tp.topic}-{self._tp.partition}")

    async def _learn(self, update: asyncio.Future[bool]) -> None:
        """Wait for the news of the cluster, which may never come once the client's own task has fallen."""
        async with asyncio.timeout(REQUEST_TIMEOUT_MS / 1000):
            await update


def _seen(fetching: asyncio.Task[_Fetched]) -> None:
    """A fetch that failed after it was forgotten has nobody to tell."""
    if not fetching.cancelled():
        fetching.exception()


def batches_of(value: bytes) -> Iterator[DefaultRecordBatch]:
    """The whole batches; a broker cuts the last one where the bytes it may send end.

    The CRC (Castagnoli, of all behind itself) is checked by the processor: aiokafka's own takes a sixth of
    what reading takes. What says that it has an older format is damaged: its parser may raise anything. Raises
    `CorruptRecordException`.
    """
    memory, view, at = MemoryRecords(value), memoryview(value), 0
    while memory.has_next():
        end = at + _LENGTH_ENDS + int.from_bytes(view[at + _LENGTH_AT : at + _LENGTH_ENDS], "big")
        said = int.from_bytes(view[at + _CRC_AT : at + _CRC_ENDS], "big")
        if view[at + _FORMAT_AT : at + _CRC_AT] != _FORMAT or crc32c(view[at + _CRC_ENDS : end]) != said:
            raise CorruptRecordException(f"{end - at} bytes of a fetch are damaged")
        at = end
        yield memory.next_batch()


def records_of(batches: Sequence[DefaultRecordBatch], offset: int) -> Iterator[Record]:
    """The records from `offset`; the first batch may begin before it."""
    for batch in batches:
        if batch.is_control_batch:
            continue
        for record in batch:
            if record.offset >= offset:
                yield Record(record.offset, record.timestamp * 1000, record.value)

"""One partition on a real broker: more than a fetch, a reader that waits, a reader sent elsewhere."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import TopicPartition

from services.contracts.topics import INBOX
from services.eventsourcing.ports import OffsetGone
from services.runtime.kafka_clients import let_go
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.kafka_partition_reader import FETCH_BYTES, KafkaPartitionReader

PARTITION = 2
LONG = 10_000


@pytest.fixture
def unused_log(kafka: str, topics: Callable[..., str]) -> KafkaEventLog:
    return KafkaEventLog(kafka, topics(INBOX) + INBOX, PARTITION)


@pytest.fixture
async def log(unused_log: KafkaEventLog) -> AsyncIterator[KafkaEventLog]:
    yield unused_log
    await unused_log.close()


async def fill(log: KafkaEventLog, count: int) -> None:
    writer = await log.open_writer()
    await writer.append([b"%d" % n + bytes(LONG) for n in range(count)])
    await writer.close()


async def values(log: KafkaEventLog, first: int, count: int) -> list[bytes]:
    found: list[bytes] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            records = await log.read(first + len(found), most=count - len(found), wait_s=0.2)
            assert [one.offset for one in records] == list(
                range(first + len(found), first + len(found) + len(records))
            )
            found += [one.value.rstrip(b"\0") for one in records]
    return found


async def test_what_takes_several_fetches_is_read_whole_and_in_order(log: KafkaEventLog) -> None:
    count = 3 * FETCH_BYTES // LONG
    await fill(log, count)
    assert await values(log, 0, count) == [b"%d" % n for n in range(count)]


async def test_a_reader_that_waits_sees_what_comes(log: KafkaEventLog) -> None:
    waiting = asyncio.create_task(log.read(0, most=10, wait_s=20))
    await asyncio.sleep(0.1)
    await fill(log, 1)
    assert [one.offset for one in await asyncio.wait_for(waiting, 15)] == [0]


async def test_it_may_be_sent_elsewhere_while_a_fetch_is_under_way(log: KafkaEventLog) -> None:
    await fill(log, 200)
    await log.read(0, most=1, wait_s=5)
    assert await values(log, 150, 50) == [b"%d" % n for n in range(150, 200)]
    assert not await log.read(200, most=1, wait_s=0)
    assert await values(log, 3, 2) == [b"3", b"4"]


async def test_after_a_refused_offset_it_reads_on(log: KafkaEventLog) -> None:
    await fill(log, 2)
    with pytest.raises(OffsetGone):
        await log.read(3, most=1, wait_s=0.1)
    assert await values(log, 1, 1) == [b"1"]


async def test_a_start_that_is_broken_off_leaves_no_connection(
    kafka: str, topics: Callable[..., str]
) -> None:
    place = TopicPartition(topics(INBOX) + INBOX, PARTITION)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        for turns in range(60):
            reader = KafkaPartitionReader(kafka, place)
            starting = asyncio.create_task(reader.start())
            for _ in range(turns):
                await asyncio.sleep(0.0003)
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await let_go(reader)
            del reader, starting
        gc.collect()
    assert [str(one.message) for one in told if "AIOKafkaConnection" in str(one.message)] == []

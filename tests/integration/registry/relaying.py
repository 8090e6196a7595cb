"""What tests of the relay share: an imported sheet, routers for every partition, and what lies in a topic."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import genesis
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts.codec import encode
from services.contracts.topics import EVENTS, INBOX, PARTITIONS
from services.registry import relay_worker
from services.registry.adapters.postgres_register import PostgresLineBook
from services.registry.bootstrap import registry_store
from services.registry.domain.sheet import COLUMNS, read_sheet
from services.registry.handlers.import_sheet import ImportSheet
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Settings

ROW = (
    "安居报警,福州市公安局,{state},2024-05-31,S{n},仓库,key_unit,350102,119.3,26.08,350102000000,default,{n}"
)


async def imported(pool: asyncpg.Pool, state: str, sites: int) -> None:
    text = "\n".join([",".join(COLUMNS), *(ROW.format(state=state, n=n) for n in range(sites))])
    importer = ImportSheet(registry_store(pool), PostgresLineBook(pool))
    await importer.run(read_sheet(text.encode()), by="test", now_us=1, dry_run=False)


class Silent:
    """Nobody watches the routers of this test."""

    def whole(self, partition: int) -> None:
        del partition

    def stopped(self, partition: int, reason: str) -> None:
        raise AssertionError(f"{partition}: {reason}")


@contextlib.asynccontextmanager
async def deciding(settings: Settings, prefix: str) -> AsyncIterator[None]:
    """A router for every partition: what the relay knows comes from decisions alone."""
    tasks, logs, company = [], list[KafkaEventLog](), Company()
    for partition in range(PARTITIONS):
        events = KafkaEventLog(settings.kafka, prefix + EVENTS, partition)
        if await events.end() == 0:
            writer = await events.open_writer()
            await writer.append([encode(genesis(partition, uuid7(), 1, "test"))])
            await writer.close()
        inbox = KafkaEventLog(settings.kafka, prefix + INBOX, partition)
        logs += [inbox, events]
        worker = PartitionWorker(
            partition,
            inbox=inbox,
            events=events,
            clock=now_us,
            watcher=Silent(),
            code="test",
            company=company,
            snapshots=MemorySnapshots(),
        )
        tasks.append(asyncio.create_task(worker.run()))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(log.close() for log in logs))


async def relay_until(pool: asyncpg.Pool, settings: Settings, prefix: str, position: int) -> None:
    """Until decisions have noted the position somewhere, and the last provider's everywhere."""
    async with deciding(settings, prefix):
        task = asyncio.create_task(relay_worker.run(settings, prefix=prefix))
        async with asyncio.timeout(30):
            while await pool.fetchval("select coalesce(max(position), 0) from registry.relay") < position:
                await asyncio.sleep(0.05)
            while await pool.fetchval("select count(*) from registry.relay") < PARTITIONS:
                await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def read(kafka: str, topic: str) -> list[tuple[int, bytes]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        parts = [TopicPartition(topic, n) for n in range(PARTITIONS)]
        ends = await consumer.end_offsets(parts)
        consumer.assign(parts)
        for part in parts:
            consumer.seek(part, 0)
        got: list[tuple[int, bytes]] = []
        while len(got) < sum(ends.values()):
            for part, records in (await consumer.getmany(timeout_ms=500)).items():
                got += [(part.partition, r.value) for r in records]
        return got
    finally:
        await consumer.stop()

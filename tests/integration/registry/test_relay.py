"""From the store to a real broker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import genesis
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts.codec import decode_inbox, decode_line, encode
from services.contracts.directory import LineAssigned, ProviderSet, SiteSet
from services.contracts.topics import DIRECTORY, EVENTS, INBOX, PARTITIONS, partition_of
from services.registry import relay_worker
from services.registry.adapters.postgres_register import PostgresLineBook
from services.registry.bootstrap import registry_store
from services.registry.domain.keys import site_id
from services.registry.domain.sheet import COLUMNS, read_sheet
from services.registry.handlers.import_sheet import ImportSheet
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.migrations import migrate
from services.runtime.settings import Settings

ROW = (
    "安居报警,福州市公安局,{state},2024-05-31,S{n},仓库,key_unit,350102,119.3,26.08,350102000000,default,{n}"
)


async def imported(pool: asyncpg.Pool, state: str, sites: int) -> None:
    text = "\n".join([",".join(COLUMNS), *(ROW.format(state=state, n=n) for n in range(sites))])
    importer = ImportSheet(registry_store(pool), PostgresLineBook(pool))
    await importer.run(read_sheet(text.encode()), by="test", now_us=1, dry_run=False)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    await migrate(database)
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as opened:
        yield opened


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


async def test_sites_go_to_their_partition_providers_to_every_one_and_lines_to_ingest(
    pool: asyncpg.Pool, kafka: str, topics: Callable[[], str], database: str, tmp_path: Path
) -> None:
    prefix = topics()
    settings = Settings(kafka=kafka, postgres=database, data_dir=tmp_path)
    await imported(pool, "filed", 3)
    await relay_until(pool, settings, prefix, 8)
    said = [(number, decode_inbox(value)) for number, value in await read(kafka, prefix + INBOX)]
    assert sorted(n for n, r in said if isinstance(r, ProviderSet)) == list(range(PARTITIONS))
    sites = {r.site.id: (n, r) for n, r in said if isinstance(r, SiteSet)}
    assert {name: n for name, (n, _) in sites.items()} == {
        site_id(f"S{n}"): partition_of(site_id(f"S{n}")) for n in range(3)
    }
    assert sites[site_id("S0")][1].site.lines[0].account == "0"
    lines = [decode_line(value) for _, value in await read(kafka, prefix + DIRECTORY)]
    assert {line.account: line.site for line in lines if isinstance(line, LineAssigned)} == {
        str(n): site_id(f"S{n}") for n in range(3)
    }


async def test_after_a_restart_only_what_is_new_is_said(
    pool: asyncpg.Pool, kafka: str, topics: Callable[[], str], database: str, tmp_path: Path
) -> None:
    prefix = topics()
    settings = Settings(kafka=kafka, postgres=database, data_dir=tmp_path)
    await imported(pool, "filed", 1)
    await relay_until(pool, settings, prefix, 4)
    await imported(pool, "withdrawn", 1)
    await relay_until(pool, settings, prefix, 5)
    said = [decode_inbox(value) for _, value in await read(kafka, prefix + INBOX)]
    assert (
        sorted(r.position for r in said if isinstance(r, ProviderSet)) == [2] * PARTITIONS + [5] * PARTITIONS
    )
    assert [r.position for r in said if isinstance(r, SiteSet)] == [4]

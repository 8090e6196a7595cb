"""The copy in registry.events on a real broker: gapless, in order, once, also after a restart."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import msgspec

from services.contracts.registry import RegistryRecord
from services.contracts.topics import REGISTRY_EVENTS
from services.registry.bootstrap import registry_store
from services.registry.domain.provider import Register, Rename
from services.registry.handlers.change_entry import ChangeEntry, Wanted
from services.registry.handlers.reading import register_at
from services.registry.relay_worker import again_and_again, copy_register
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Settings

_RECORD = msgspec.json.Decoder(RegistryRecord)


@contextlib.asynccontextmanager
async def copying(settings: Settings, prefix: str) -> AsyncIterator[None]:
    task = asyncio.create_task(again_and_again(copy_register, settings, prefix))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def records(log: KafkaEventLog, count: int) -> list[RegistryRecord]:
    """The first `count`, once they are there, and whatever else is there then."""
    async with asyncio.timeout(30):
        while await log.end() < count:
            await asyncio.sleep(0.05)
    read = await log.read(0, most=1000, wait_s=5)
    return [_RECORD.decode(record.value) for record in read]


async def test_the_copy_follows_the_store_and_goes_on_after_a_restart(
    pool: asyncpg.Pool, kafka: str, topics: Callable[[], str], database: str, tmp_path: Path
) -> None:
    prefix = await asyncio.to_thread(topics)
    settings = Settings(kafka=kafka, postgres=database, data_dir=tmp_path)
    change = ChangeEntry(registry_store(pool))
    known = Register(id="p", key="p", name="安居", now_us=1)
    await change.run(Wanted(stream="provider/p", commands=(known,)), by="zhao", request="r0")
    log = KafkaEventLog(kafka, prefix + REGISTRY_EVENTS, 0)
    try:
        async with copying(settings, prefix):
            assert [record.position for record in await records(log, 1)] == [1]
        for number in (2, 3):
            renamed = Wanted(stream="provider/p", commands=(Rename(name=f"安居{number}", now_us=number),))
            await change.run(renamed, by="zhao", request=f"r{number}")
        async with copying(settings, prefix):
            told = await records(log, 3)
    finally:
        await log.close()
    assert [(record.position, record.version) for record in told] == [(1, 1), (2, 2), (3, 3)]
    register = (await register_at(registry_store(pool), 3)).providers()
    assert register["p"].name == "安居3"

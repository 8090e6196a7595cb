"""A disk that fills up: it is said before, nothing is acknowledged while, and everything goes on after.

The disk is full for one process only: the limit on the size of its files (RLIMIT_FSIZE) makes each write that would
lengthen a file fail, as ENOSPC does, and needs no rights of an administrator. A whole station on a disk that is full for
everybody: `tests/chaos/test_full_disk.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from typing import TYPE_CHECKING

import aiokafka
import psutil
from aiokafka.errors import KafkaError

from services.contracts.topics import EVENTS
from services.runtime.settings import Settings
from services.station.adapters.data_folder import make_folders
from services.station.adapters.embedded_kafka import ports_of, prepare_kafka
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from services.station.adapters.leash import running_children
from services.station.supervisor import Supervisor
from services.station.up import watch_space

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

PARTITION = 5
RECORD = b"x" * 1000
AGAIN_S = 60.0


@contextlib.asynccontextmanager
async def producing(kafka: str) -> AsyncIterator[aiokafka.AIOKafkaProducer]:
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=kafka, acks="all", request_timeout_ms=3000)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def append(kafka: str, count: int) -> int:
    """How many of `count` records were acknowledged before one was not."""
    async with producing(kafka) as producer:
        for number in range(count):
            try:
                await asyncio.wait_for(producer.send_and_wait(EVENTS, RECORD, partition=PARTITION), 5)
            except (KafkaError, TimeoutError):
                return number
    return count


async def records(kafka: str) -> int:
    """How many records lie there."""
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        place = aiokafka.TopicPartition(EVENTS, PARTITION)
        return int((await consumer.end_offsets([place]))[place])
    finally:
        await consumer.stop()


async def test_a_broker_without_space_acknowledges_nothing_more_and_comes_back_with_all_it_did(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o711)
    settings = Settings(data_dir=tmp_path)
    make_folders(settings)
    child = await asyncio.to_thread(prepare_kafka, settings)
    said: list[str] = []
    async with Supervisor(settings, said.append) as supervisor:
        (broker,) = await supervisor.start([child])
        ports = ports_of(settings)
        assert ports is not None
        kafka = f"127.0.0.1:{ports.broker}"
        await asyncio.to_thread(make_topics, kafka, wanted_topics())
        before = await append(kafka, 20)
        (kept,) = running_children(settings)
        psutil.Process(kept.pid).rlimit(psutil.RLIMIT_FSIZE, (50_000, psutil.RLIM_INFINITY))
        during = await append(kafka, 100)
        assert during < 100, "the disk was not full"
        async with asyncio.timeout(AGAIN_S):
            while not (broker.restarts and broker.is_ready):
                await asyncio.sleep(0.1)
            assert await records(kafka) >= before + during
            while await append(kafka, 100) < 100:
                await asyncio.sleep(0.1)
    assert "kafka ended and is started again" in said


async def test_little_space_is_said_once_and_so_is_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [0, 0, 1 << 40, 1 << 40]
    usage = psutil.disk_usage(str(tmp_path))

    def disk_usage(_: Path) -> object:
        return usage._replace(free=free.pop(0) if len(free) > 1 else free[0])

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    said: list[str] = []
    watching = asyncio.create_task(watch_space(Settings(data_dir=tmp_path), said.append, every=0.01))
    async with asyncio.timeout(AGAIN_S):
        while len(said) < 2 or len(free) > 1:
            await asyncio.sleep(0.01)
    watching.cancel()
    assert len(said) == 2
    assert "0 MB are free" in said[0] and "nothing more is acknowledged" in said[0]
    assert said[1] == "there is enough space again"

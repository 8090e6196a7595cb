"""A receiver goes on receiving when the register says of a line what only a later version knows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiokafka import AIOKafkaProducer

from services.contracts.codec import encode
from services.contracts.directory import LineAssigned
from services.contracts.topics import DIRECTORY, line_key
from services.ingest.adapters.directory_file import DirectoryFile
from services.ingest.adapters.kafka_line_directory import KafkaLineDirectory

SPACE = "default"
LATER = b'{"type":"directory.line_assigned.v9","account":"2002","account_space":"default"}'
WAIT_S = 60.0


async def test_a_line_of_a_later_version_stays_as_it_was_and_all_others_go_on(
    kafka: str, topics: Callable[..., str], tmp_path: Path
) -> None:
    topic = topics(DIRECTORY) + DIRECTORY
    directory = KafkaLineDirectory(kafka, DirectoryFile(tmp_path / "directory"), topic)
    async with producing(kafka) as producer:
        await say(producer, topic, "2002", line("2002", "as it was", 1))
        await say(producer, topic, "2002", LATER)
        following = asyncio.create_task(directory.follow())
        await until(directory.loaded.is_set, following)
        await say(producer, topic, "2003", LATER.replace(b"2002", b"2003"))
        await say(producer, topic, "2004", line("2004", "new", 2))
        await until(lambda: directory.site_of(SPACE, "2004") == "new", following)
    assert [directory.site_of(SPACE, one) for one in ("2002", "2003")] == ["as it was", None]
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def until(holds: Callable[[], bool], following: asyncio.Task[None]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():
            assert not following.done(), following.exception()
            await asyncio.sleep(0.05)


def line(account: str, site: str, position: int) -> bytes:
    return encode(LineAssigned(position=position, account_space=SPACE, account=account, site=site))


@contextlib.asynccontextmanager
async def producing(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def say(producer: AIOKafkaProducer, topic: str, account: str, value: bytes) -> None:
    await producer.send_and_wait(topic, value, key=line_key(SPACE, account).encode())

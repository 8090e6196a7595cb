"""A broker of a test's own, to be held, killed and brought back."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.contracts.topics import INBOX, PARTITIONS
from services.runtime.settings import Settings
from services.station.adapters.embedded_kafka import ports_of, prepare_kafka


class Broker:
    """One process, at the same address for ever."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(data_dir=folder)
        self._child = prepare_kafka(settings)
        self._process = self._child.start()
        ports = ports_of(settings)
        assert ports is not None
        self.address = f"127.0.0.1:{ports.broker}"

    async def ready(self) -> None:
        async with asyncio.timeout(60):
            while not await self._child.ready(self._process.pid):
                assert self._process.poll() is None
                await asyncio.sleep(0.05)

    def hold(self) -> None:
        """It stands still when this returns."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def go_on(self) -> None:
        os.killpg(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def start(self) -> None:
        self._process = self._child.start()


async def inbox_of(bootstrap: str, topic: str = INBOX) -> list[Sequence[bytes]]:
    """The values that lie in each partition, in their order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        return [await _all(consumer, TopicPartition(topic, number)) for number in range(PARTITIONS)]
    finally:
        await consumer.stop()


async def _all(consumer: AIOKafkaConsumer, place: TopicPartition) -> list[bytes]:
    consumer.assign([place])
    consumer.seek(place, 0)
    end = (await consumer.end_offsets([place]))[place]
    found: list[bytes] = []
    while len(found) < end:
        for records in (await consumer.getmany(place, timeout_ms=500)).values():
            found += [record.value for record in records]
    return found

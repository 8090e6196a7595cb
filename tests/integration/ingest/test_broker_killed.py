"""The broker is killed and comes back: nothing acknowledged is lost, and receiving goes on by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.contracts.codec import decode_inbox
from services.contracts.signals import SignalReceived
from services.contracts.topics import INBOX, partition_of, shell_site
from services.ingest.bootstrap import receiving
from services.ingest.panel import contact_id_frame, send_frame
from services.runtime.settings import Address, Settings
from services.station.adapters.embedded_kafka import ports_of, prepare_kafka
from services.station.adapters.kafka_topics import make_topics, wanted_topics

ACCOUNT = "0042"


class Broker:
    """A broker of this test's own, to be killed."""

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

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def start(self) -> None:
        self._process = self._child.start()


@pytest.fixture
def broker() -> Iterator[Broker]:
    with tempfile.TemporaryDirectory(prefix="jiejing-test-") as folder:
        broker = Broker(Path(folder))
        try:
            yield broker
        finally:
            broker.kill()


async def zones(bootstrap: str, subject: str) -> list[tuple[int, str]]:
    """Counter and zone of what lies in the subject's partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        place = TopicPartition(INBOX, partition_of(subject))
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        records = [decode_inbox((await consumer.getone(place)).value) for _ in range(end)]
        return [(r.id.counter, r.zone) for r in records if isinstance(r, SignalReceived)]
    finally:
        await consumer.stop()


async def test_a_killed_broker_costs_no_acknowledged_signal(broker: Broker, tmp_path: Path) -> None:
    await broker.ready()
    await asyncio.to_thread(make_topics, broker.address, wanted_topics())
    with socket.create_server(("127.0.0.1", 0)) as found:
        dc09 = Address("127.0.0.1", found.getsockname()[1])
    settings = Settings(kafka=broker.address, data_dir=tmp_path, signals=Address("127.0.0.1", 0), dc09=dc09)

    async def send(zone: int) -> str:
        frame = contact_id_frame(ACCOUNT, zone, f"1130 01 {zone:03d}", 1_800_000_000_000_000)
        return await send_frame(*dc09, frame, zone, answer_seconds=4)

    async with receiving(settings, append_seconds=2.0):
        assert await send(1) == '"ACK"0001L0#0042[]'
        broker.kill()
        during = asyncio.create_task(send(2))
        await asyncio.sleep(3)
        assert not during.done()
        broker.start()
        await broker.ready()
        assert await during == '"ACK"0002L0#0042[]'
        assert await send(3) == '"ACK"0003L0#0042[]'
    kept = await zones(broker.address, shell_site("default", ACCOUNT))
    once = list(dict.fromkeys(kept))
    assert once == [(1, "1"), (2, "2"), (3, "3")]

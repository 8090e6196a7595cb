"""A receiver that is killed and starts anew while Kafka is away goes on with the directory that it last knew."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from services.contracts.codec import decode_inbox, encode
from services.contracts.directory import LineAssigned
from services.contracts.signals import SignalReceived
from services.contracts.topics import DIRECTORY, line_key
from services.ingest.adapters.file_spool import look_into
from services.ingest.bootstrap import signal_token
from services.ingest.panel import contact_id_frame, send_frame
from services.runtime.clock import now_us
from services.runtime.health import is_ready
from services.runtime.line_keys import LineKeys
from services.runtime.settings import Address, Settings
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from services.station.adapters.ports import free_ports
from services.station.processes import service_child
from tests.integration.ingest.a_broker import Broker, inbox_of
from tests.integration.ingest.a_load import Load, recorded

SITE = "018f0000-0000-7000-8000-000000000001"
SEALED_SITE = "018f0000-0000-7000-8000-000000000002"
KEY = bytes(range(16))
PANELS = 4
NEVER_KNEW = "nothing_is_acknowledged"
START_SECONDS = 120  # a busy machine is late, not wrong


@contextmanager
def ingest(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """The receiver as a process of its own, killed at the end."""
    process = service_child("ingest", settings).start()
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


async def until(held: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not held():
            assert process.poll() is None
            await asyncio.sleep(0.05)


async def opened(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    try:
        await until(lambda: is_ready(settings, "ingest", process.pid), process)
    except AssertionError:
        pytest.fail(service_child("ingest", settings).log.read_text(errors="replace")[-3000:])


async def publish(kafka: str, *lines: LineAssigned) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        for line in lines:
            key = line_key(line.account_space, line.account).encode()
            await producer.send_and_wait(DIRECTORY, encode(line), key=key)
    finally:
        await producer.stop()


async def load(settings: Settings, after: int) -> dict[str, list[str]]:
    """What was acknowledged of what several panels said at the same time."""
    panels = Load(settings.dc09, PANELS, after=after)
    while panels.total < PANELS * 5:
        await asyncio.sleep(0.05)
    await panels.stop()
    return panels.acknowledged


async def sealed(settings: Settings, sequence: int) -> str:
    frame = contact_id_frame("E001", sequence, f"1130 01 {sequence:03d}", now_us(), KEY)
    return await send_frame(*settings.dc09, frame, sequence, answer_seconds=START_SECONDS)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "kafka")
    try:
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def settings(tmp_path: Path, broker: Broker) -> Settings:
    dc09, signals = (Address("127.0.0.1", port) for port in free_ports(2))
    return Settings(kafka=broker.address, data_dir=tmp_path / "data", signals=signals, dc09=dc09)


def waiting(settings: Settings) -> int:
    return look_into(settings.spool_dir)["signals"]


async def test_what_it_acknowledged_before_it_died_and_after_is_in_the_record_once_and_in_order(
    settings: Settings, broker: Broker
) -> None:
    key = LineKeys(settings.line_key_file).seal(KEY.hex())
    await broker.ready()
    await asyncio.to_thread(make_topics, broker.address, wanted_topics())
    await publish(
        broker.address,
        LineAssigned(position=1, account_space="default", account="0001", site=SITE),
        LineAssigned(position=2, account_space="default", account="E001", site=SEALED_SITE, key=key),
    )
    with ingest(settings) as process:
        await opened(settings, process)
        lives = [await load(settings, 0)]
        await asyncio.to_thread(broker.kill)
        lives.append(await load(settings, 1_000))
    spooled = waiting(settings)
    assert spooled
    with ingest(settings) as process:
        await opened(settings, process)
        lives.append(await load(settings, 2_000))
        answer = await sealed(settings, 7)
        assert waiting(settings) > spooled
        broker.start()
        await broker.ready()
        await until(lambda: not waiting(settings), process)
        lives.append(await load(settings, 3_000))
        await until(lambda: not waiting(settings), process)
    partitions = await inbox_of(broker.address)
    assert answer.startswith('"*ACK"0007L0#E001[')
    acknowledged = {account: [one for life in lives for one in life[account]] for account in lives[0]}
    assert recorded(partitions) == {**acknowledged, "E001": ["0007"]}
    signals = [decode_inbox(value) for values in partitions for value in values]
    named = {(one.account, one.subject) for one in signals if isinstance(one, SignalReceived)}
    assert ("0001", SITE) in named
    assert ("E001", SEALED_SITE) in named
    assert len(named) == PANELS + 1  # each account had one subject all the while


async def test_one_that_never_knew_a_directory_acknowledges_nothing_and_says_why(
    settings: Settings, broker: Broker
) -> None:
    await broker.ready()
    await asyncio.to_thread(make_topics, broker.address, wanted_topics())
    await asyncio.to_thread(broker.kill)
    headers = {"Authorization": f"Bearer {signal_token(settings)}"}
    signal = {"id": "1", "account": "0001", "code": "130"}
    door = f"http://{settings.signals}"
    with ingest(settings) as process:
        log = settings.logs_dir / "ingest.log"
        await until(lambda: log.exists() and NEVER_KNEW in log.read_text(), process)
        async with httpx.AsyncClient(timeout=START_SECONDS) as client:
            answer = await client.post(f"{door}/v1/signals", json=signal, headers=headers)
            ready = await client.get(f"{door}/readyz")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:jiejing:problem:signals.not_ready")
        assert (ready.status_code, ready.text.partition(":")[0]) == (503, "not ready")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*settings.dc09)
        assert not is_ready(settings, "ingest", process.pid)
        broker.start()
        await broker.ready()
        await opened(settings, process)
        found = await load(settings, 0)
    assert recorded(await inbox_of(broker.address)) == found

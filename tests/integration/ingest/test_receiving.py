"""The whole receiver on a real broker: frames and posts in, records in alarm.inbox out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.contracts.codec import decode_inbox, encode
from services.contracts.directory import LineAssigned
from services.contracts.liveness import HeardDigest
from services.contracts.signals import SignalReceived
from services.contracts.topics import DIRECTORY, INBOX, LIVENESS, line_key, partition_of, shell_site
from services.ingest.adapters import kafka_line_directory
from services.ingest.adapters.directory_file import DirectoryFile
from services.ingest.adapters.kafka_line_directory import KafkaLineDirectory
from services.ingest.bootstrap import receiving, signal_token
from services.ingest.panel import contact_id_frame, scenario, send_scenario
from services.runtime.kafka_clients import Consumer, new_consumer
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Address, Settings


@pytest.fixture
def settings(kafka: str, tmp_path: Path) -> Settings:
    free = Address("127.0.0.1", 0)
    return Settings(kafka=kafka, data_dir=tmp_path, signals=free, dc09=free)


async def inbox(kafka: str, topic: str, subject: str) -> list[SignalReceived]:
    """Each signal once, as the core takes them: what a slow broker did not confirm in time lies there twice."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        place = TopicPartition(topic, partition_of(subject))
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        records = [decode_inbox((await consumer.getone(place)).value) for _ in range(end)]
        return list({record.id: record for record in records if isinstance(record, SignalReceived)}.values())
    finally:
        await consumer.stop()


async def publish(kafka: str, topic: str, line: LineAssigned | None, key: str = "") -> None:
    """An assignment, or a tombstone for `key`."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        key = key if line is None else line_key(line.account_space, line.account)
        await producer.send_and_wait(topic, None if line is None else encode(line), key=key.encode())
    finally:
        await producer.stop()


async def test_a_burglary_goes_to_its_site(settings: Settings, topics: Callable[..., str]) -> None:
    prefix = topics()
    site = "018f0000-0000-7000-8000-000000000001"
    line = LineAssigned(position=1, account_space="default", account="35010211", site=site)
    await publish(settings.kafka, prefix + DIRECTORY, line)
    played = scenario("burglary")
    async with receiving(settings, topic_prefix=prefix) as receiver:
        answers = await send_scenario(*receiver.dc09, played.account, played.event, speed=100)
    assert answers == ['"ACK"0001L0#35010211[]', '"ACK"0002L0#35010211[]']
    signals = await inbox(settings.kafka, prefix + INBOX, site)
    assert [(s.subject, s.code, s.zone, s.id.counter) for s in signals] == [
        (site, "130", "3", 1),
        (site, "130", "4", 2),
    ]


async def test_an_unknown_account_posted_over_http_is_a_shell_site(
    settings: Settings, topics: Callable[..., str]
) -> None:
    prefix = topics()
    body = {"id": "1", "account": "99999999", "code": "130", "zone": 3}
    headers = {"Authorization": f"Bearer {signal_token(settings)}"}
    async with receiving(settings, topic_prefix=prefix) as receiver, httpx.AsyncClient() as client:
        answer = await client.post(f"http://{receiver.signals}/v1/signals", json=body, headers=headers)
        ready = await client.get(f"http://{receiver.signals}/readyz")
    assert (answer.status_code, ready.status_code) == (202, 200)
    (signal,) = await inbox(settings.kafka, prefix + INBOX, shell_site("default", "99999999"))
    assert answer.json()["ids"] == [f"{signal.id.run}/{signal.id.line}/{signal.id.counter}"]


async def eventually(held: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not held():
            await asyncio.sleep(0.02)


async def test_the_directory_is_read_whole_and_then_followed_and_remembered(
    kafka: str, topics: Callable[..., str], tmp_path: Path
) -> None:
    topic = topics(DIRECTORY) + DIRECTORY
    before = [
        LineAssigned(position=n, account_space="default", account=str(n), site=f"s-{n}") for n in range(1, 6)
    ]
    for line in before:
        await publish(kafka, topic, line)
    file = DirectoryFile(tmp_path / "directory")
    file.write([LineAssigned(position=9, account_space="default", account="1", site="of another Kafka")])
    directory = KafkaLineDirectory(kafka, file, topic)
    assert directory.known
    assert directory.site_of("default", "1") == "of another Kafka"
    following = asyncio.create_task(directory.follow())
    async with asyncio.timeout(10):
        await directory.loaded.wait()
    assert [directory.site_of("default", line.account) for line in before] == [line.site for line in before]
    await publish(kafka, topic, LineAssigned(position=6, account_space="default", account="1", site="moved"))
    await eventually(lambda: directory.site_of("default", "1") == "moved")
    await publish(kafka, topic, None, key=line_key("default", "2"))
    await eventually(lambda: directory.site_of("default", "2") is None)
    told = {"1": "moved", **{line.account: line.site for line in before[2:]}}
    await eventually(lambda: {line.account: line.site for line in file.read() or ()} == told)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


class _ShowsNothing(Consumer):
    """As aiokafka's after its broker was killed: it says where the topic ends, and gives nothing of it."""

    async def getmany(self, *_: TopicPartition, timeout_ms: int) -> dict[TopicPartition, list[object]]:
        await asyncio.sleep(timeout_ms / 1000)
        return {}


async def test_a_consumer_that_shows_nothing_while_the_directory_is_first_read_is_replaced(
    kafka: str, topics: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = topics(DIRECTORY) + DIRECTORY
    await publish(kafka, topic, LineAssigned(position=1, account_space="default", account="1", site="s-1"))
    stalled = iter([_ShowsNothing(bootstrap_servers=kafka, enable_auto_commit=False)])

    def consumer(bootstrap: str, *, wait_ms: int) -> Consumer:
        return next(stalled, None) or new_consumer(bootstrap, wait_ms=wait_ms)

    monkeypatch.setattr(kafka_line_directory, "new_consumer", consumer)
    directory = KafkaLineDirectory(kafka, DirectoryFile(tmp_path / "directory"), topic)
    following = asyncio.create_task(directory.follow())
    try:
        async with asyncio.timeout(30):
            await directory.loaded.wait()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert directory.site_of("default", "1") == "s-1"


class _Heard(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _: object) -> None:
        self.answer.set_result(data)


async def test_a_datagram_at_the_same_port_goes_into_the_same_inbox(
    settings: Settings, topics: Callable[..., str]
) -> None:
    prefix = topics()
    async with receiving(settings, topic_prefix=prefix) as receiver:
        loop = asyncio.get_running_loop()
        transport, heard = await loop.create_datagram_endpoint(
            _Heard, remote_addr=(receiver.dc09.host, receiver.dc09.port)
        )
        transport.sendto(contact_id_frame("0077", 7, "1130 01 003", 1_800_000_000_000_000))
        async with asyncio.timeout(10):
            assert (await heard.answer)[9:] == b'"ACK"0007L0#0077[]\r'
        transport.close()
    (signal,) = await inbox(settings.kafka, prefix + INBOX, shell_site("default", "0077"))
    assert (signal.sequence, signal.code) == ("0007", "130")


async def test_each_run_of_a_receiver_says_that_it_follows_the_one_before(
    settings: Settings, topics: Callable[..., str]
) -> None:
    prefix = topics()
    log = KafkaEventLog(settings.kafka, prefix + LIVENESS, 0)
    told: list[HeardDigest] = []
    for _ in range(2):
        async with receiving(settings, topic_prefix=prefix), asyncio.timeout(20):
            offset = await log.end()
            while not (found := await log.read(offset, most=1, wait_s=0.5)):
                pass
        told.append(msgspec.json.decode(found[0].value, type=HeardDigest))
    await log.close()
    first, second = told
    assert first.run != second.run
    assert first.receiver == second.receiver != ""
    assert 0 < first.life < second.life

"""The whole receiver on a real broker: frames and posts in, records in alarm.inbox out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.contracts.codec import decode_inbox, encode
from services.contracts.directory import LineAssigned
from services.contracts.signals import SignalReceived
from services.contracts.topics import DIRECTORY, INBOX, line_key, partition_of, shell_site
from services.ingest.bootstrap import receiving, signal_token
from services.ingest.panel import scenario, send_scenario
from services.runtime.settings import Address, Settings


@pytest.fixture
def settings(kafka: str, tmp_path: Path) -> Settings:
    free = Address("127.0.0.1", 0)
    return Settings(kafka=kafka, data_dir=tmp_path, signals=free, dc09=free)


async def inbox(kafka: str, topic: str, subject: str) -> list[SignalReceived]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        place = TopicPartition(topic, partition_of(subject))
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        records = [decode_inbox((await consumer.getone(place)).value) for _ in range(end)]
        return [record for record in records if isinstance(record, SignalReceived)]
    finally:
        await consumer.stop()


async def publish(kafka: str, topic: str, line: LineAssigned) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        key = line_key(line.account_space, line.account).encode()
        await producer.send_and_wait(topic, encode(line), key=key)
    finally:
        await producer.stop()


async def test_a_burglary_goes_to_its_site(settings: Settings, topics: Callable[[], str]) -> None:
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
    settings: Settings, topics: Callable[[], str]
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

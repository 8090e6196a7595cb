"""Encrypted panels on the real doors, and our panel before somebody else's receiver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from pysiaalarm.account import SIAAccount
from pysiaalarm.aio.client import SIAClient
from pysiaalarm.event import SIAEvent
from siadc09.message import AckMessage, parse_frame

from services.contracts.codec import decode_inbox
from services.contracts.directory import LineAssigned
from services.contracts.receiving import ReceiverTroubled
from services.contracts.topics import DIRECTORY, INBOX
from services.ingest.bootstrap import receiving
from services.ingest.panel import PanelEvent, contact_id_frame, send_scenario
from services.runtime.clock import now_us
from services.runtime.line_keys import LineKeys
from services.runtime.settings import Address, Settings
from tests.integration.ingest.a_broker import inbox_of
from tests.integration.ingest.test_receiving import inbox, publish

KEY = b"0123456789abcdef"  # pysiaalarm takes the characters of a key for its bytes
SITE = "018f0000-0000-7000-8000-000000000001"


@pytest.fixture
def settings(kafka: str, tmp_path: Path) -> Settings:
    free = Address("127.0.0.1", 0)
    return Settings(kafka=kafka, data_dir=tmp_path, signals=free, dc09=free)


async def test_a_line_whose_key_came_sealed_over_the_directory_speaks_encrypted_over_tcp_and_udp(
    settings: Settings, topics: Callable[[], str]
) -> None:
    prefix = topics()
    sealed = LineKeys(settings.line_key_file).seal(KEY.hex())
    line = LineAssigned(position=1, account_space="default", account="1234", site=SITE, key=sealed)
    await publish(settings.kafka, prefix + DIRECTORY, line)
    async with receiving(settings, topic_prefix=prefix) as receiver:
        answers = await send_scenario(*receiver.dc09, "1234", [PanelEvent(data="1130 01 003")], key=KEY)
        datagram = await over_udp(receiver.dc09, contact_id_frame("1234", 2, "1130 01 004", now_us(), KEY))
    assert answers[0].startswith('"*ACK"0001L0#1234[')
    answer = parse_frame(datagram, keys=KEY)
    assert isinstance(answer, AckMessage)
    assert answer.seq == 2
    signals = await inbox(settings.kafka, prefix + INBOX, SITE)
    assert [(s.code, s.zone, s.deviations) for s in signals] == [("130", "3", ()), ("130", "4", ())]


async def over_udp(address: Address, frame: bytes) -> bytes:
    class Asking(asyncio.DatagramProtocol):
        def __init__(self) -> None:
            self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        def datagram_received(self, data: bytes, _: object) -> None:
            self.answer.set_result(data)

    transport, asking = await asyncio.get_running_loop().create_datagram_endpoint(
        Asking, remote_addr=(address.host, address.port)
    )
    try:
        transport.sendto(frame)
        async with asyncio.timeout(10):
            return await asking.answer
    finally:
        transport.close()


async def test_pysiaalarm_reads_our_encrypted_panel(unused_tcp_port: int) -> None:
    heard: list[SIAEvent] = []

    async def hear(event: SIAEvent) -> None:
        heard.append(event)

    known = [SIAAccount("1234", KEY.decode())]
    client = SIAClient("127.0.0.1", unused_tcp_port, known, hear)  # type: ignore[abstract]  # it makes a TCP one
    await client.async_start(reuse_port=True)
    try:
        answers = await send_scenario(
            "127.0.0.1", unused_tcp_port, "1234", [PanelEvent(data="1130 01 003")], key=KEY
        )
    finally:
        await client.async_stop()
    assert answers[0].startswith('"*ACK"0001')
    assert [(event.account, event.event_qualifier, event.event_type) for event in heard] == [
        ("1234", "1", "130")
    ]


async def test_a_panel_that_does_not_set_its_clock_is_told_of_once_in_the_inbox(
    settings: Settings, topics: Callable[[], str]
) -> None:
    prefix = topics()
    sealed = LineKeys(settings.line_key_file).seal(KEY.hex())
    line = LineAssigned(position=1, account_space="default", account="1234", site=SITE, key=sealed)
    await publish(settings.kafka, prefix + DIRECTORY, line)
    late = now_us() - 3_600_000_000
    async with receiving(settings, topic_prefix=prefix) as receiver:
        for number in range(1, 20):
            answer = await over_udp(receiver.dc09, contact_id_frame("1234", number, "1130 01 003", late, KEY))
            assert b'"NAK"' in answer
        async with asyncio.timeout(60):
            while not (found := await troubles(settings.kafka, prefix + INBOX)):
                await asyncio.sleep(0.1)
    assert [(one.trouble, one.subject, one.account, one.count) for one in found] == [
        ("panel_clock", SITE, "1234", 6)
    ]


async def troubles(kafka: str, topic: str) -> list[ReceiverTroubled]:
    records = [decode_inbox(value) for values in await inbox_of(kafka, topic) for value in values]
    return [record for record in records if isinstance(record, ReceiverTroubled)]

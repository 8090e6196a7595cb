"""Kafka held and killed again and again under load (10 minutes with SOAK=1), and a disk that fills up meanwhile."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from services.contracts.codec import decode_inbox
from services.contracts.receiving import ReceiverTroubled
from services.ingest.adapters.file_spool import FileSpool
from services.ingest.adapters.memory_line_directory import MemoryLineDirectory
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.bootstrap import receiving
from services.ingest.domain.accounting import Accounting
from services.ingest.domain.dc09_frame import seal
from services.ingest.handlers.conversation import Conversation
from services.ingest.handlers.intake import Intake, ReceiverRun
from services.ingest.handlers.spooled_log import Patience, SpooledLog
from services.runtime.settings import Address, Settings
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from tests.chaos.a_disk import small_disk
from tests.integration.ingest.a_broker import Broker, inbox_of
from tests.integration.ingest.a_load import Load, recorded
from tests.integration.ingest.test_broker_away import held, killed, until_empty

SOAK_SECONDS = 600
TMPFS_BYTES = 1 << 20
ACKNOWLEDGED = b'"ACK"'


@pytest.mark.skipif(not os.environ.get("SOAK"), reason="ten minutes: make soak")
async def test_ten_minutes_of_a_broker_that_comes_and_goes() -> None:
    free = Address("127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="jiejing-test-") as folder:
        broker = Broker(Path(folder) / "kafka")
        try:
            await broker.ready()
            await asyncio.to_thread(make_topics, broker.address, wanted_topics())
            settings = Settings(
                kafka=broker.address, data_dir=Path(folder) / "ingest", signals=free, dc09=free
            )
            async with receiving(settings) as receiver:
                load = Load(receiver.dc09, panels=20)
                ends = loop.time() + SOAK_SECONDS
                for away in cycle((held, killed)):
                    await away(broker)
                    await until_empty(settings.spool_dir)
                    if loop.time() > ends:
                        break
                await load.stop()
            partitions = await inbox_of(broker.address)
        finally:
            broker.go_on()
            broker.kill()
    assert recorded(partitions) == load.acknowledged


async def said_to(intake: Intake, sequence: int) -> bytes:
    """What a panel hears, or b"" when its connection ends without an answer."""
    said: list[bytes] = []
    over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    talk = Conversation(intake, "test", said.append, over.set_result)
    talk.receive(seal(f'"ADM-CID"{sequence:04d}L0#1234[#1234|1130 01 {sequence % 1000:03d}]'.encode()))
    talk.hang_up()
    await over
    return b"".join(said)


@pytest.fixture
def full_soon(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", TMPFS_BYTES) as disk:
        yield disk


async def test_a_disk_that_fills_up_ends_the_acknowledgements_and_a_supervisor_is_told(
    full_soon: Path,
) -> None:
    log = MemorySignalLog()
    log.down = True
    accounting = Accounting(lambda: 5)
    me = ReceiverRun(run="r", sender="ingest", account_space="default", host="station-1")
    spool = FileSpool(full_soon / "spool")
    spooled = SpooledLog(log, spool, accounting, me, lambda: 5, Patience(retry=0.01))
    intake = Intake(spooled, MemoryLineDirectory(), me, lambda: 5, accounting=accounting)
    draining = asyncio.create_task(spooled.drain())
    sequence = 0
    async with asyncio.timeout(60):
        while ACKNOWLEDGED in await said_to(intake, sequence + 1):
            sequence += 1
        for _ in range(3):
            assert await said_to(intake, sequence + 1) == b""
        assert sequence > 100
        assert accounting.troubles["not_kept"].count == 4
        log.down = False
        while spool.waiting or accounting.troubles:
            await asyncio.sleep(0.01)
        assert ACKNOWLEDGED in await said_to(intake, sequence + 1)
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)
    spool.close()
    inbox = [decode_inbox(value) for partition in log.partitions for value in partition]
    reports = [one for one in inbox if isinstance(one, ReceiverTroubled)]
    assert [(one.trouble, one.count, one.subject) for one in reports] == [
        ("not_kept", 4, "receiver/station-1")
    ]
    sequences = [one.sequence for one in inbox if not isinstance(one, ReceiverTroubled)]  # type: ignore[union-attr]  # nothing but signals and reports
    assert sequences == [f"{number:04d}" for number in range(1, sequence + 2)]

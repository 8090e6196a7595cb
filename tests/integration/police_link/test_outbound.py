"""From a counting decision to a police endpoint and back into the inbox, with Faust, Kafka and PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from zlib import crc32

import asyncpg
import msgspec
import pytest
from aiohttp import web

from services.alarm_router.bootstrap import genesis
from services.contracts.alarm import AlarmEscalated, EscalationAskedAgain
from services.contracts.codec import decode_inbox, digest, encode
from services.contracts.envelope import Accepted, Decision, Event, Source
from services.contracts.police import EscalationNotice
from services.contracts.reports import EscalationReceipt
from services.contracts.stored import Actor
from services.contracts.topics import EVENTS, INBOX, PARTITIONS, POLICE_ORDERS, partition_of
from services.runtime.health import clear_ready
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Settings
from tests.unit.police_link.test_delivering import REPORT

SUBJECT = "s1"
BUREAU = "350102000000"


class Police:
    """An endpoint that keeps what it is sent; `answers` by turn, 200 afterwards."""

    def __init__(self, *answers: int) -> None:
        self.taken: list[EscalationNotice] = []
        self._answers = list(answers)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        status = self._answers.pop(0) if self._answers else 200
        if status == 200:
            notice = msgspec.json.decode(body, type=EscalationNotice)
            assert request.match_info["id"] == request.headers["Idempotency-Key"] == notice.escalation
            self.taken.append(notice)
        return web.Response(status=status, text="said so")


@contextlib.asynccontextmanager
async def listening(police: Police) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/in/{id}", police.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/in"
    finally:
        await runner.cleanup()


@contextlib.contextmanager
def outbound(settings: Settings, prefix: str) -> Iterator[None]:
    """The process, which ends by SIGKILL: what it did not finish is the next one's. It leaves nothing where it ran."""
    elsewhere = settings.data_dir / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    code = f"import asyncio; asyncio.run(worker.run(Settings(), prefix={prefix!r}))"
    imports = "from services.police_link import worker; from services.runtime.settings import Settings; "
    process = subprocess.Popen(
        [sys.executable, "-c", imports + code], env=settings.environment(), cwd=elsewhere
    )
    try:
        yield
    finally:
        process.kill()
        process.wait(5)
    assert list(elsewhere.iterdir()) == []


def is_ready_again(settings: Settings) -> bool:
    """Whether the newest process has said so; the mark of the one before is taken away first."""
    return (settings.run_dir / "outbound.ready").exists()


async def decided(settings: Settings, prefix: str, *happened: Event) -> None:
    """A partition's record: genesis, and one decision for each event."""
    partition = partition_of(SUBJECT)
    values = [encode(genesis(partition, uuid7(), 1, "test"))]
    for offset, event in enumerate(happened, 1):
        decision = Decision(
            lies_at=offset,
            prev=digest(values[-1]),
            time=offset,
            code="test",
            subject=SUBJECT,
            source=Source(offset=offset, hash=b""),
            id=f"test/{offset}",
            answer=Accepted(),
            events=(event,),
        )
        values.append(encode(decision))
    log = KafkaEventLog(settings.kafka, prefix + EVENTS, partition)
    writer = await log.open_writer()
    await writer.append(values)
    await writer.close()
    await log.close()


async def receipts(settings: Settings, prefix: str, count: int) -> list[EscalationReceipt]:
    log = KafkaEventLog(settings.kafka, prefix + INBOX, partition_of(SUBJECT))
    found: list[EscalationReceipt] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            for record in await log.read(len(found), most=10, wait_s=0.2):
                message = decode_inbox(record.value)
                assert isinstance(message, EscalationReceipt)
                found.append(message)
    await log.close()
    return found


async def ordered(settings: Settings, prefix: str) -> int:
    log = KafkaEventLog(settings.kafka, prefix + POLICE_ORDERS, crc32(BUREAU.encode()) % PARTITIONS)
    try:
        return await log.end()
    finally:
        await log.close()


@pytest.fixture
async def settings(kafka: str, database: str, tmp_path: Path) -> Settings:
    connection = await asyncpg.connect(database)
    view = msgspec.json.encode(msgspec.structs.replace(REPORT, site=SUBJECT, site_name="", provider_name=""))
    await connection.execute(
        "insert into desk_2.escalation (id, alarm, bureau, state, escalated_at, view) values ($1,$2,$3,$4,$5,$6)",
        *("e1", "a1", BUREAU, "sent", 1, view.decode()),
    )
    await connection.close()
    made = Settings(data_dir=tmp_path, kafka=kafka, postgres=database)
    made.secrets_dir.mkdir()
    made.link_token_file.write_text("secret\n")
    return made


ESCALATED = AlarmEscalated(alarm="a1", escalation="e1", bureau=BUREAU, by=Actor(id="p1", roles=("operator",)))
AGAIN = EscalationAskedAgain(alarm="a1", escalation="e1", bureau=BUREAU, attempt=2)


async def test_an_escalation_is_posted_and_its_receipt_comes_back(
    settings: Settings, topics: Callable[[], str]
) -> None:
    police, prefix = Police(), topics()
    await decided(settings, prefix, ESCALATED)
    async with listening(police) as address:
        served = settings.model_copy(update={"police_endpoints": {BUREAU: address}})
        with outbound(served, prefix):
            [receipt] = await receipts(settings, prefix, 1)
    assert (receipt.escalation, receipt.outcome, receipt.attempt) == ("e1", "delivered", 1)
    assert [notice.escalation for notice in police.taken] == ["e1"]


async def test_a_failing_endpoint_is_left_to_asking_again_and_a_kill_orders_nothing_twice(
    settings: Settings, topics: Callable[[], str]
) -> None:
    police, prefix = Police(503, 422), topics()
    await decided(settings, prefix, ESCALATED, AGAIN)
    async with listening(police) as address:
        served = settings.model_copy(update={"police_endpoints": {BUREAU: address}})
        with outbound(served, prefix):
            first, second = await receipts(settings, prefix, 2)
        assert (first.outcome, first.attempt, first.detail) == ("unknown", 1, "503 said so")
        assert (second.outcome, second.attempt, second.detail) == ("refused", 2, "422 said so")
        clear_ready(settings, "outbound")
        with outbound(served, prefix):
            while not is_ready_again(settings):
                await asyncio.sleep(0.1)
            await asyncio.sleep(1)
    assert await ordered(settings, prefix) == 2, "the filter goes on where it was, and orders nothing twice"
    assert {notice.escalation for notice in police.taken} <= {"e1"}


HANGING = """
import asyncio, sys
from pathlib import Path
from services.police_link.adapters import faust_orders
faust_orders.STOP_SECONDS = 1.0

async def main():
    assigned = asyncio.Event()
    app = faust_orders.make_app(sys.argv[1], None, assigned, folder=Path(sys.argv[2]))
    await faust_orders.run_app(app, assigned, within=1)

asyncio.run(main())
"""


async def test_an_application_that_gets_no_partitions_ends_its_process(tmp_path: Path) -> None:
    """The broker takes connections and never answers; who does not end is never started again."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    silent = await asyncio.start_server(listen, "127.0.0.1", 0)
    kafka = "{}:{}".format(*silent.sockets[0].getsockname())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HANGING, kafka, str(tmp_path)), stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(30):
            _, said = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        silent.close()
        await silent.wait_closed()
    assert process.returncode != 0
    assert b"no partitions of police.orders after 1 s" in said or process.returncode == -9

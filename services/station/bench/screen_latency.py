"""`screen.latency`: from a signal's durable append to its alarm's frame, with a hundred screens on the feed.

Router and feed are processes as in service, on a broker and a database of their own. One client reads and decodes
as a screen does; the others take their bytes and drop them, in a process of their own, so that what is measured is
the feed and not a hundred decoders in this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence

import asyncpg
import msgspec
import websockets
from aiokafka import AIOKafkaProducer

from services.alarm_router.bootstrap import write_genesis
from services.contracts.codec import encode
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import INBOX, line_key, partition_of, shell_site
from services.contracts.views import AlarmChanged, FeedFrame
from services.identity.bootstrap import ensure_accounts, sessions
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_clients import let_go, new_producer
from services.runtime.settings import Address, Settings
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from services.station.adapters.ports import free_ports
from services.station.bench.broker import Bench, a_bench
from services.station.bench.database import a_database
from services.station.bench.dropping import dropping_screens
from services.station.bench.figure import Figure, percentile
from services.station.processes import service_child
from services.station.supervisor import Supervisor

SCREENS = 100
COOKIE = "jiejing_session"
SLOW, FAST = 10.0, 1_000.0  # alarms a second
SECONDS = 8.0
DRAIN_S = 60.0
SPACE = "bench"
PASSWORD = "bench-bench-bench"  # noqa: S105 - of an account that lives as long as the bench
_FRAME: msgspec.json.Decoder[FeedFrame] = msgspec.json.Decoder(FeedFrame)


async def screen_latency(bench: Bench) -> list[Figure]:
    """p50 at 10 alarms a second; p50 and p99 at 1,000. Milliseconds."""
    bare, (slow, fast) = await latencies(bench, SCREENS, (SLOW, FAST))
    yardstick = "bare produce, acks=all, of the same signals"
    return [
        Figure(name, percentile(waits, share), "ms", yardstick, percentile(bare, share), done=len(waits))
        for name, waits, share in (
            ("screen.latency.10.p50", slow, 0.5),
            ("screen.latency.1000.p50", fast, 0.5),
            ("screen.latency.1000.p99", fast, 0.99),
        )
    ]


async def latencies(
    bench: Bench, screens: int, rates: Sequence[float]
) -> tuple[list[float], list[list[float]]]:
    """Milliseconds, with so many screens on the feed: those of a bare produce, and at each rate those until the frame."""
    seconds = SECONDS / 2 if bench.quick else SECONDS
    bare: list[float] = []
    async with a_bench(quick=bench.quick) as own, a_database(own, "screen") as stored:
        (port,) = free_ports(1)
        settings = stored.model_copy(update={"feed": Address("127.0.0.1", port)})
        await asyncio.to_thread(make_topics, own.kafka, wanted_topics())
        await write_genesis(own.kafka)
        cookie = await _log_in(settings)
        async with Supervisor(settings, lambda _: None) as supervisor:
            await supervisor.start([service_child(name, settings) for name in ("router", "feed")])
            header = f"{COOKIE}={cookie}"
            async with (
                dropping_screens(settings.feed, screens - 1, header),
                _screen(settings.feed, header) as seen,
                _producer(own.kafka) as producer,
            ):
                return bare, [
                    await _waits(producer, seen, f"{number}-", rate, seconds, bare)
                    for number, rate in enumerate(rates)
                ]


async def _log_in(settings: Settings) -> str:
    async with asyncpg.create_pool(settings.postgres, min_size=1, max_size=1) as pool:
        await ensure_accounts(pool, {"operator": {"username": "bench", "password": PASSWORD}})
        _, cookie = await sessions(pool).log_in("bench", PASSWORD, "")
        return cookie


@contextlib.asynccontextmanager
async def _producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = new_producer(kafka)
    await producer.start()
    try:
        yield producer
    finally:
        await let_go(producer)


@contextlib.asynccontextmanager
async def _screen(feed: Address, cookie: str) -> AsyncIterator[dict[str, float]]:
    """One that looks; when the frame of each account's alarm came."""
    seen: dict[str, float] = {}
    async with websockets.connect(
        f"ws://{feed}/v1/feed", additional_headers={"Cookie": cookie}, compression=None, max_size=None
    ) as connection:
        await connection.recv()  # its snapshot
        looking = asyncio.create_task(_look(connection, seen))
        try:
            yield seen
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


async def _look(connection: websockets.ClientConnection, seen: dict[str, float]) -> None:
    async for text in connection:
        now = time.perf_counter()
        frame = _FRAME.decode(text)
        if isinstance(frame, AlarmChanged):
            seen.setdefault(frame.alarm.account, now)


async def _waits(  # noqa: PLR0913 - one rhythm, everything it takes
    producer: AIOKafkaProducer,
    seen: dict[str, float],
    name: str,
    rate: float,
    seconds: float,
    bare: list[float],
) -> list[float]:
    """Milliseconds from each acknowledgement to the frame. `bare` gets those from sending to acknowledgement."""
    accepted: dict[str, float] = {}
    sending = []
    began, count = time.perf_counter(), round(rate * seconds)
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        sending.append(asyncio.ensure_future(_send(producer, f"{name}{number:06}", accepted, bare)))
    await asyncio.gather(*sending)
    async with asyncio.timeout(DRAIN_S):
        while not accepted.keys() <= seen.keys():
            await asyncio.sleep(0.05)
    return [max(0.0, seen[account] - at) * 1000 for account, at in accepted.items()]


async def _send(
    producer: AIOKafkaProducer, account: str, accepted: dict[str, float], bare: list[float]
) -> None:
    subject, at = shell_site(SPACE, account), now_us()
    signal = SignalReceived(
        id=SignalId(run=uuid7(), line=line_key(SPACE, account), counter=1),
        sender="bench",
        sent_at=at,
        received_at=at,
        subject=subject,
        protocol="adm_cid",
        account_space=SPACE,
        account=account,
        sequence="0001",
        code="130",
        zone="003",
    )
    began = time.perf_counter()
    await producer.send_and_wait(INBOX, encode(signal), partition=partition_of(subject))
    accepted[account] = time.perf_counter()
    bare.append((accepted[account] - began) * 1000)

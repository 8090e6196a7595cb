"""A desk on the run's Kafka and PostgreSQL, with a writer that decides as a router would."""

from __future__ import annotations

import asyncio
import contextlib
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.alarm_router.domain.codes import class_of
from services.alarm_router.domain.why import explain
from services.contracts.codec import digest, encode
from services.contracts.envelope import Accepted, Answer, Decision, Event, LogBegun, Source
from services.contracts.topics import EVENTS, INBOX
from services.desk import feed_worker
from services.desk.adapters.postgres_projection import PostgresProjection
from services.desk.book_reader import again, read_into
from services.desk.bootstrap import open_desk
from services.desk.gate import Gate, person_of
from services.desk.http import make_router
from services.desk.http_interruptions import interruption_routes
from services.identity.bootstrap import sessions as open_sessions
from services.runtime import problem
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Address, Settings
from services.station.admission import actor_by, kept_cookie
from services.station.feed import NEEDS
from tests.integration.desk.stand_in import PARTITION, decide_all, raised, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence

    from services.desk.feed import Feed

# id, roles, provider, bureau; the cookie of "operator-1" is "cookie-operator-1".
PEOPLE: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("operator-1", "operator", "p1", None),
    ("operator-2", "operator", "p1", None),
    ("operator-3", "operator", "p2", None),
    ("supervisor-1", "shift_supervisor", None, None),
    ("engineer-1", "engineer", "p1", None),
    ("police-1", "police", None, "b1"),
    ("police-2", "police", None, "b2"),
    ("inspector-1", "inspector", None, "b1"),
    ("administrator-1", "administrator", None, None),
)
BEGUN_SECONDS = 120
_PERSON = """
insert into identity.person (id, username, display_name, password_hash, roles, provider, bureau)
values ($1, $1, $2, 'x', $3, $4, $5)
"""
_SESSION = """
insert into identity.session (token_hash, person, begun_at, expires_at)
values ($1, $2, now(), now() + interval '12 hours')
"""
_SITE = """
insert into registry.site (id, key, name, provider, site_class, division, bureau, lon, lat)
values ($1, $1, $2, $3, 'other', '350102', $4, 119.3, 26.1)
"""


class World(NamedTuple):
    """Where everything is."""

    settings: Settings
    inbox: str
    events: str

    def log(self, partition: int) -> DecisionLog:
        """A writer of decisions."""
        return DecisionLog(KafkaEventLog(self.settings.kafka, self.events, partition), partition)


class DecisionLog:
    """Writes counting decisions into one partition."""

    def __init__(self, log: KafkaEventLog, partition: int) -> None:
        self._log, self._partition = log, partition
        self._offset, self._head, self._source = 0, b"\0" * 16, -1
        self._one_by_one = asyncio.Lock()

    async def begin(self) -> None:
        genesis = LogBegun(log_id="log-1", partition=self._partition, partitions=12)
        await self.append("", genesis, source=-1)

    async def append(
        self,
        name: str,
        *events: Event,
        answer: Answer | None = None,
        source: int | None = None,
        time: int = 0,
    ) -> int:
        async with self._one_by_one:
            source = self._source + 1 if source is None else source
            value = self._seal(name, events, answer or Accepted(), source, time)
            return await self._send([value])

    async def append_many(self, many: Sequence[tuple[str, tuple[Event, ...]]]) -> None:
        """Many decisions in as few batches as the broker takes."""
        async with self._one_by_one:
            await self._send(
                [self._seal(name, events, Accepted(), self._source + 1, 0) for name, events in many]
            )

    async def append_raw(self, value: bytes) -> int:
        """A record that does not count."""
        async with self._one_by_one:
            self._offset += 1
            return await self._send([value])

    def _seal(self, name: str, events: tuple[Event, ...], answer: Answer, source: int, time: int) -> bytes:
        decision = Decision(
            lies_at=self._offset,
            prev=self._head,
            time=time or 1_700_000_000_000_000 + self._offset,
            code="test",
            subject="site",
            source=Source(offset=source, hash=b"\0" * 16),
            id=name,
            answer=answer,
            events=events,
        )
        value = encode(decision)
        self._source, self._head, self._offset = source, digest(value), self._offset + 1
        return value

    async def _send(self, values: Sequence[bytes]) -> int:
        writer = await self._log.open_writer()
        try:
            return await writer.append(values)
        finally:
            await writer.close()


async def settle_in(database: str) -> None:
    """People with sessions, two providers and a site of each."""
    connection = await asyncpg.connect(database)
    try:
        for key, name in (("p1", "安保公司"), ("p2", "别家公司")):
            await connection.execute("insert into registry.provider values ($1, $1, $2)", key, name)
        await connection.execute(_SITE, "site", "中心花园", "p1", "b1")
        await connection.execute(_SITE, "site-2", "别处花园", "p2", "b2")
        for person, role, provider, bureau in PEOPLE:
            await connection.execute(_PERSON, person, f"{person}先生", [role], provider, bureau)
            await connection.execute(_SESSION, sha256(f"cookie-{person}".encode()).digest(), person)
    finally:
        await connection.close()


@pytest.fixture
async def world(kafka: str, database: str, topics: Callable[..., str]) -> World:
    prefix = await asyncio.to_thread(topics, INBOX, EVENTS)
    await settle_in(database)
    settings = Settings(kafka=kafka, postgres=database, feed=Address("127.0.0.1", 0))
    return World(settings, prefix + INBOX, prefix + EVENTS)


@pytest.fixture
async def log(world: World) -> DecisionLog:
    """One alarm of site "site" is open."""
    log = world.log(PARTITION)
    await log.begin()
    await log.append("run/default/1001/1", raised())
    return log


@contextlib.asynccontextmanager
async def projecting(world: World) -> AsyncIterator[None]:
    """A projector beside the test, as its process runs it."""
    ready = asyncio.Event()

    def project() -> Coroutine[Any, Any, None]:
        return read_into(PostgresProjection, world.settings, topic=world.events, ready=ready.set)

    async with running(again("desk", project)):
        await asyncio.wait_for(ready.wait(), BEGUN_SECONDS)
        yield


@contextlib.asynccontextmanager
async def open_web(world: World, *beside: Coroutine[Any, Any, None]) -> AsyncIterator[httpx.AsyncClient]:
    """The desk behind its gate, with a projector and what else runs beside it."""
    async with asyncpg.create_pool(world.settings.postgres, min_size=1, max_size=4) as pool:
        opened = await open_desk(
            world.settings, pool, class_of, explain, inbox=world.inbox, events=world.events
        )
        app = FastAPI()
        problem.install(app)
        app.include_router(make_router(opened.desk, opened.accounts, person_of))
        app.include_router(interruption_routes(opened.interruptions, person_of))
        gate = Gate(app, actor_by(open_sessions(pool)), 8082, kept_cookie)
        async with projecting(world), running(*opened.works(), *beside):
            async with asyncio.timeout(BEGUN_SECONDS):
                while not (opened.gateway.ready and opened.watch.following):
                    await asyncio.sleep(0.01)
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(gate), base_url="http://desk", headers={"accept-language": "en"}
            ) as client:
                yield client


@pytest.fixture
async def web(world: World, log: DecisionLog) -> AsyncIterator[httpx.AsyncClient]:
    """With the stand-in for the router."""
    async with open_web(world, decide_all(world, log)) as client:
        yield client


class OpenFeed(NamedTuple):
    """A feed that listens."""

    feed: Feed
    address: str


@contextlib.asynccontextmanager
async def open_feed(world: World) -> AsyncIterator[OpenFeed]:
    """A feed process, as far as one loop can be one."""
    async with asyncpg.create_pool(world.settings.postgres, min_size=1, max_size=4) as pool:
        feed = await feed_worker.open_feed(
            world.settings, pool, NEEDS, events=world.events, inbox=world.inbox
        )
        async with running(*feed.works()):
            server = await feed_worker.start(feed, world.settings, pool, NEEDS)
            try:
                async with asyncio.timeout(BEGUN_SECONDS):
                    while not feed.reading:
                        await asyncio.sleep(0.01)
                    await _caught_up(world, feed)
                yield OpenFeed(feed, f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/feed")
            finally:
                server.close()
                await server.wait_closed()


async def _caught_up(world: World, feed: Feed) -> None:
    """Whoever connects from now on gets what the log has."""
    log = KafkaEventLog(world.settings.kafka, world.events, PARTITION)
    end = await log.end()
    await log.close()
    while feed._board.places[PARTITION].offset + 1 < end:
        await asyncio.sleep(0.01)


@pytest.fixture
async def feed(world: World, log: DecisionLog, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenFeed]:
    """One alarm is open."""
    monkeypatch.setattr("services.desk.feed.LOOK_AGAIN_SECONDS", 0.2)
    async with open_feed(world) as opened:
        yield opened

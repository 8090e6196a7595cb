"""The process `feed`: the live desk over websockets.

The state in memory starts from the read models and follows the log from there, so a restart skips nothing. While
PostgreSQL is away the screens stay alive on what is in memory; while Kafka is away the beat says how far behind.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import asyncpg
import structlog
from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from services.contracts.topics import EVENTS, INBOX
from services.desk.adapters.kafka_inbox_watch import InboxWatch
from services.desk.adapters.postgres_projection import load_views
from services.desk.adapters.postgres_sessions import PostgresSessions, token_hash
from services.desk.adapters.postgres_views import PostgresViews
from services.desk.adapters.websocket_feed import Client, answer, cookie_of, origin_fits, refusal, wire
from services.desk.domain.feed_board import Board, Happening, Sight, frames
from services.picture.names import Reading, SiteName
from services.desk.domain.reading_place import Place
from services.desk.handlers.looking import opened_notes
from services.desk.projector_worker import chains_of
from services.runtime.clock import now_us
from services.runtime.counting import read_counting
from services.runtime.health import mark_ready
from services.runtime.sealing import Sealing

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

    from services.contracts.views import AlarmView, EscalationView
    from services.runtime.settings import Settings

PATH = "/v1/feed"
TICK_SECONDS = 0.05
BEAT_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 10.0
AGAIN_SECONDS = 0.3
NAMES_SECONDS = 60.0
SESSION_ENDED = 4401
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_log = structlog.get_logger()


class Feed:
    """The clients, the board, and what was decided since the last tick."""

    def __init__(
        self, settings: Settings, pool: asyncpg.Pool, board: Board, *, events: str, inbox: str
    ) -> None:
        """`pool` and `board` as loaded."""
        self._settings, self._board, self._events = settings, board, events
        self._views, self._sessions, self._vault = PostgresViews(pool), PostgresSessions(pool), Sealing(pool)
        self._watch = InboxWatch(settings.kafka, board.places, topic=inbox)
        self._clients: set[Client] = set()
        self._admitted: WeakKeyDictionary[ServerConnection, Client] = WeakKeyDictionary()
        self._happened: list[Happening] = []
        self._names: dict[str, SiteName] = {}
        self._asked: set[str] = set()
        self._notes: dict[str, str] = {}
        self.reading = False

    def works(self) -> list[Coroutine[Any, Any, None]]:
        """All that runs beside the listening."""
        return [self.follow(), self.watch(), self.tick(), self.beat(), self.look_again(), self.forget_names()]

    async def follow(self) -> None:
        """Fold the log for ever. Raises `LogBroken` or `Unreadable`: a person must look."""
        chains = chains_of(self._board.places)
        while True:
            try:
                async for batch in read_counting(self._settings.kafka, chains, topic=self._events):
                    self.reading = True
                    for counted in batch:
                        said = self._board.take(
                            counted.partition, counted.offset, counted.head, counted.decision
                        )
                        if said is not None:
                            self._happened.append(said)
                    await asyncio.sleep(0)
            except (KafkaError, OSError) as error:
                self.reading = False
                _log.warning("feed.again", error=repr(error))
                await asyncio.sleep(AGAIN_SECONDS)

    async def watch(self) -> None:
        """Know how long undecided records wait."""
        while True:
            try:
                await self._watch.follow()
            except (KafkaError, OSError) as error:
                _log.warning("feed.watch_again", error=repr(error))
                await asyncio.sleep(AGAIN_SECONDS)

    async def tick(self) -> None:
        """Say within `TICK_SECONDS` what was decided."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            happened, self._happened = self._happened, []
            await self._learn([view for one in happened for view in one.views()])
            # Written without awaiting: a client's snapshot and its next frames leave no gap. What happened while
            # names were asked for is in the snapshot and is said again in the next tick, which changes nothing.
            self._say(happened)

    async def beat(self) -> None:
        """Say every second that the screen is alive."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = now_us()
            behind = self._watch.behind_us(now)
            frame = wire([self._board.beat(now, behind)])
            for client in self._clients:
                if not client.needs_snapshot:
                    client.write(frame)

    async def look_again(self) -> None:
        """Close what belongs to an ended session or to somebody whose roles changed."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            clients = list(self._clients)
            if not clients:
                continue
            try:
                people = await self._sessions.people({client.seat for client in clients})
            except AWAY as error:
                _log.warning("feed.sessions_unknown", error=repr(error))
                continue
            for client in clients:
                if people.get(client.seat) != client.person:
                    await client.connection.close(SESSION_ENDED, "session ended")

    async def forget_names(self) -> None:
        """Ask the register again now and then; what it said stays until it answers."""
        while True:
            await asyncio.sleep(NAMES_SECONDS)
            self._asked.clear()
            self._notes.clear()

    async def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Health on plain HTTP; a websocket only on the feed's path, from our pages, with a session."""
        path = request.path.partition("?")[0]
        if path in {"/livez", "/readyz", "/metrics"}:
            return self._health(path)
        if path != PATH:
            return refusal(HTTPStatus.NOT_FOUND, "not_found", f"The feed is at {PATH}.")
        if not origin_fits(request, self._settings.web.port):
            return refusal(HTTPStatus.FORBIDDEN, "origin.foreign", "Open the desk from its own address.")
        cookie = cookie_of(request)
        try:
            person = await self._sessions.person(cookie)
            if person is not None:
                await self._views.note_look(person.id, "feed.open", "feed", {})
        except AWAY:
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "sessions.away", "Try again in a few seconds.")
        if cookie is None or person is None:
            return refusal(HTTPStatus.UNAUTHORIZED, "login.needed", "Log in and try again.")
        self._admitted[connection] = Client(connection, person, token_hash(cookie), Sight.of(person))
        return None

    async def serve(self, connection: ServerConnection) -> None:
        """One client, until it leaves. What it sends is read and ignored."""
        client = self._admitted.pop(connection)
        self._clients.add(client)
        try:
            await self._learn(self._seen_first(client.sight))
            async for _ in connection:
                pass
        except ConnectionClosed:
            pass
        finally:
            self._clients.discard(client)

    def _say(self, happened: Sequence[Happening]) -> None:
        reading = self._as_known()
        told: dict[Sight, bytes] = {}
        first: dict[Sight, bytes] = {}
        for client in self._clients:
            sight = client.sight
            if client.needs_snapshot:
                if client.waiting == 0:
                    if sight not in first:
                        first[sight] = wire([self._board.snapshot(sight, reading, now_us())])
                    client.needs_snapshot = False
                    client.write(first[sight])
            elif happened:
                if sight not in told:
                    told[sight] = wire(frame for one in happened for frame in frames(one, sight, reading))
                if told[sight]:
                    client.write(told[sight])

    def _as_known(self) -> Reading:
        return Reading(self._names, self._notes)

    def _seen_first(self, sight: Sight) -> list[AlarmView | EscalationView]:
        alarms, escalations = self._board.shown(sight, now_us())
        return [*alarms, *escalations]

    async def _learn(self, views: Iterable[AlarmView | EscalationView]) -> None:
        """Names and notes of these views, as far as PostgreSQL tells; a frame never waits for it in vain."""
        views = list(views)
        sites = {view.site for view in views} - self._asked
        try:
            if sites:
                self._names.update(await self._views.names(sites))
                self._asked |= sites
            self._notes.update(await opened_notes(self._vault, views))
        except AWAY as error:
            _log.warning("feed.names_unknown", error=repr(error))

    def _health(self, path: str) -> Response:
        if path == "/metrics":
            registry = CollectorRegistry()
            Gauge("jiejing_feed_clients", "Open screens", registry=registry).set(len(self._clients))
            behind = Gauge("jiejing_feed_behind_seconds", "Longest wait for a decision", registry=registry)
            behind.set(self._watch.behind_us(now_us()) / 1_000_000)
            return answer(HTTPStatus.OK, generate_latest(registry))
        if path == "/readyz" and not self.reading:
            return answer(HTTPStatus.SERVICE_UNAVAILABLE, b"not reading\n")
        return answer(HTTPStatus.OK, b"ok\n")


async def run(settings: Settings) -> None:
    """Serve the feed for ever."""
    while True:
        try:
            pool = await asyncpg.create_pool(settings.postgres, min_size=1, max_size=4)
            break
        except AWAY as error:
            _log.warning("feed.start_again", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)
    async with pool, asyncio.TaskGroup() as group:
        feed = await open_feed(settings, pool)
        for work in feed.works():
            group.create_task(work)
        server = await start(feed, settings)
        while not feed.reading:
            await asyncio.sleep(TICK_SECONDS)
        mark_ready(settings, "feed")
        await server.wait_closed()


async def open_feed(
    settings: Settings, pool: asyncpg.Pool, *, events: str = EVENTS, inbox: str = INBOX
) -> Feed:
    """A feed that stands where the read models stand."""
    async with pool.acquire() as connection:
        views, places = await load_views(connection)
    for partition in range(settings.partitions):
        places.setdefault(partition, Place(partition))
    return Feed(settings, pool, Board(views, places), events=events, inbox=inbox)


async def start(feed: Feed, settings: Settings) -> Server:
    """Listen."""
    keep: dict[str, Any] = {"ping_interval": 20, "ping_timeout": 20, "compression": None, "max_size": 4096}
    host, port = settings.feed
    return await serve(feed.serve, host, port, process_request=feed.admit, **keep)

"""The process `feed`: the live desk over websockets. `services.station.feed` gives it identity and the codes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from websockets.asyncio.server import serve

from services.contracts.topics import EVENTS, INBOX
from services.desk.adapters.feed_audience import Audience
from services.desk.adapters.http_receivers import HttpReceivers
from services.desk.adapters.kafka_inbox_watch import KafkaInboxWatch
from services.desk.adapters.postgres_projection import load_board
from services.desk.adapters.postgres_sessions import PostgresSessions
from services.desk.adapters.postgres_views import PostgresViews
from services.desk.adapters.websocket_feed import Seats
from services.desk.domain.reading_place import Place
from services.desk.feed import TICK_SECONDS, Around, Feed
from services.desk.feed_door import Door
from services.runtime.clock import now_us
from services.runtime.counting import Counted, read_counting
from services.runtime.health import mark_ready
from services.runtime.http_server import MOST_CONNECTIONS, MOST_OF_ONE_HOST
from services.runtime.ids import uuid7
from services.runtime.postgres_pool import open_pool
from services.runtime.sealing import Sealing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

    import asyncpg
    from websockets.asyncio.server import Server

    from services.contracts.alarm import AlarmClass
    from services.contracts.stored import Actor
    from services.eventsourcing.counting import Chain
    from services.runtime.settings import Settings

POOL = 4
LARGEST_WORDS = 16_384  # bytes a client may say at once: positions of a hundred partitions


class Needs(NamedTuple):
    """What other services know. `class_of`: what a code means; `people`: who sends a cookie."""

    class_of: Callable[[str], AlarmClass]
    people: Callable[[asyncpg.Pool], Callable[[str | None], Awaitable[Actor | None]]]


class Bounds(NamedTuple):
    """What a stranger may cost. `open_seconds`: for a handshake, from the connection's beginning to its end."""

    open_seconds: float = 10.0
    most_of_one_host: int = MOST_OF_ONE_HOST


USUAL = Bounds()


async def run(settings: Settings, needs: Needs) -> None:
    """Serve the feed for ever. Raises `LogBroken` or `Unreadable`: a person must look."""
    async with await open_pool(settings, POOL) as pool, asyncio.TaskGroup() as group:
        feed = await open_feed(settings, pool, needs)
        for work in feed.works():
            group.create_task(work)
        server = await start(feed, settings, pool, needs)
        while not feed.reading:
            await asyncio.sleep(TICK_SECONDS)
        mark_ready(settings, "feed")
        await server.wait_closed()


async def open_feed(
    settings: Settings, pool: asyncpg.Pool, needs: Needs, *, events: str = EVENTS, inbox: str = INBOX
) -> Feed:
    """A feed that stands where the read models stand."""
    async with pool.acquire() as connection:
        board = await load_board(connection)
    for partition in range(settings.partitions):
        board.places.setdefault(partition, Place(partition))

    def record(chains: Mapping[int, Chain]) -> AsyncGenerator[Sequence[Counted], None]:
        return read_counting(settings.kafka, chains, topic=events)

    around = Around(
        record=record,
        inbox=KafkaInboxWatch(settings.kafka, board.places, needs.class_of, topic=inbox),
        names=PostgresViews(pool),
        vault=Sealing(pool),
        sessions=PostgresSessions(pool),
        receivers=HttpReceivers(settings.signals, settings.signal_token_file),
        now_us=now_us,
    )
    return Feed(board, Audience(board, uuid7()), around)


async def start(
    feed: Feed,
    settings: Settings,
    pool: asyncpg.Pool,
    needs: Needs,
    bounds: Bounds = USUAL,
) -> Server:
    """Listen."""
    keep: dict[str, Any] = {
        "open_timeout": bounds.open_seconds,
        "create_connection": Seats(MOST_CONNECTIONS, bounds.most_of_one_host).connection,
        "ping_interval": 20,
        "ping_timeout": 20,
        "compression": None,
        "max_size": LARGEST_WORDS,
    }
    host, port = settings.feed
    door = Door(feed, PostgresViews(pool), needs.people(pool), settings.web.port)
    return await serve(door.serve, host, port, process_request=door.admit, **keep)

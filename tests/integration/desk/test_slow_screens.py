"""Real sockets that dawdle at the feed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.desk import feed_worker
from services.desk.feed_worker import Bounds
from services.station.feed import NEEDS
from tests.integration.desk.conftest import World
from tests.integration.runtime.test_slow_clients import QUICK, SLOW, Client


async def listening(world: World, open_seconds: float) -> AsyncIterator[int]:
    """A feed that listens and need not read."""
    async with asyncpg.create_pool(world.settings.postgres, min_size=1, max_size=2) as pool:
        feed = await feed_worker.open_feed(
            world.settings, pool, NEEDS, events=world.events, inbox=world.inbox
        )
        server = await feed_worker.start(feed, world.settings, pool, NEEDS, Bounds(open_seconds, 2))
        yield int(server.sockets[0].getsockname()[1])
        server.close()
        await server.wait_closed()


@pytest.fixture
async def quick(world: World) -> AsyncIterator[int]:
    async for port in listening(world, QUICK):
        yield port


@pytest.fixture
async def patient(world: World) -> AsyncIterator[int]:
    async for port in listening(world, SLOW):
        yield port


async def test_who_never_ends_the_handshake_is_sent_away(quick: int) -> None:
    clients = [await Client.at(quick), await Client.at(quick)]
    clients[1].writer.write(b"GET /v1/feed HTTP/1.1\r\nHost:")
    assert all(await asyncio.gather(*(client.ended() for client in clients)))


async def test_one_host_has_so_many_connections_and_no_more(patient: int) -> None:
    held = [await Client.at(patient), await Client.at(patient)]
    assert await (await Client.at(patient)).ended()
    await held.pop().leave()
    async with asyncio.timeout(60):
        while not await health(patient):
            await asyncio.sleep(0.05)
    await held.pop().leave()


async def health(port: int) -> bool:
    """Whether a connection is let in."""
    client = await Client.at(port)
    client.writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    try:
        return b" 200 " in await client.reader.readline()
    except ConnectionError:
        return False
    finally:
        await client.leave()

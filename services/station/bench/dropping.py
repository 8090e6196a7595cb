"""Screens that take everything and look at nothing, in a process of their own.

What is measured beside them is then the feed and its one reader, not so many decoders.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import sys
from collections.abc import AsyncIterator

from services.runtime.settings import Address
from services.station.bench.beside import beside
from services.station.errors import StationError

READY = b"ready\n"
OPEN_S = 60.0
OF_ONE_HOST = 200  # the feed refuses more than 256 of one address: the next take the next loopback address
OPENED_AT_ONCE = 32
TAKEN_AT_ONCE = 1 << 20


@contextlib.asynccontextmanager
async def dropping_screens(feed: Address, count: int, cookie: str) -> AsyncIterator[None]:
    """So many screens on the feed. `cookie`: the whole header, empty for a feed that asks nobody."""
    command = (sys.executable, "-m", "services.station.bench.dropping", feed.host, str(feed.port), str(count))
    async with beside(*command, cookie) as process:
        assert process.stdout is not None
        async with asyncio.timeout(OPEN_S):
            if await process.stdout.readline() != READY:
                raise StationError(f"no figure, {count} screens could not be opened")
        yield


async def _drop_all(feed: Address, count: int, cookie: str) -> None:
    opening = asyncio.Semaphore(OPENED_AT_ONCE)
    opened = await asyncio.gather(*(_open(feed, number, cookie, opening) for number in range(count)))
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    await asyncio.gather(*(_drop(reader) for reader, _ in opened))


async def _open(
    feed: Address, number: int, cookie: str, opening: asyncio.Semaphore
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host = None if number < OF_ONE_HOST else (f"127.0.0.{1 + number // OF_ONE_HOST}", 0)
    async with opening:
        reader, writer = await asyncio.open_connection(
            feed.host, feed.port, limit=TAKEN_AT_ONCE, local_addr=host
        )
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            (
                f"GET /v1/feed HTTP/1.1\r\nHost: {feed}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nCookie: {cookie}\r\n\r\n"
            ).encode()
        )
        answer = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in answer:
        raise StationError(f"screen {number} was refused: {answer!r}")
    return reader, writer


async def _drop(reader: asyncio.StreamReader) -> None:
    while await reader.read(TAKEN_AT_ONCE):
        pass


if __name__ == "__main__":
    asyncio.run(_drop_all(Address(sys.argv[1], int(sys.argv[2])), int(sys.argv[3]), sys.argv[4]))

"""Real sockets that dawdle at an HTTP door."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.runtime.http_server import Door, Server

PATIENCE_SECONDS = 60  # a busy machine is late, not wrong
QUICK, SLOW = 0.3, 600.0
LARGE = 64 << 20
ESTABLISHED = "01"  # as the kernel's table has it
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def _answer(request: Request) -> Response:
    body = await request.body()
    return PlainTextResponse(f"{len(body)} bytes")


async def _large(_: Request) -> Response:
    return PlainTextResponse("x" * LARGE)


APP = Starlette(routes=[Route("/", _answer, methods=["GET", "POST"]), Route("/large", _large)])


@contextlib.asynccontextmanager
async def door(**bounds: Any) -> AsyncIterator[int]:
    """The port of a door with these bounds."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(Door(APP, **bounds))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = server.force_exit = True
        await serving


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def at(cls, port: int) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ended(self) -> bool:
        """The door hung up, whatever it said before."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with contextlib.suppress(ConnectionError):
                while await self.reader.read(65536):
                    pass
        await self.leave()
        return True

    async def leave(self) -> None:
        self.writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    async def answered(self) -> bytes:
        self.writer.write(GET)
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head
            return await self.reader.readexactly(len(b"0 bytes"))


async def test_who_says_nothing_or_never_ends_his_request_is_sent_away() -> None:
    begun = (b"", b"GET / HTTP/1.1\r\nHost:", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
    async with door(request_seconds=QUICK) as port:
        clients = [await Client.at(port) for _ in begun]
        for client, said in zip(clients, begun, strict=True):
            client.writer.write(said)
        assert all(await asyncio.gather(*(client.ended() for client in clients)))


async def test_who_trickles_is_sent_away_however_often_he_says_a_byte() -> None:
    async with door(request_seconds=QUICK) as port:
        client = await Client.at(port)

        async def trickle() -> None:
            with contextlib.suppress(ConnectionError):
                while not client.writer.is_closing():
                    client.writer.write(b"x")
                    await client.writer.drain()
                    await asyncio.sleep(0.02)

        client.writer.write(b"GET / HTTP/1.1\r\nX: ")
        trickling = asyncio.create_task(trickle())
        assert await client.ended()
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)


async def test_who_trickles_after_an_answer_is_sent_away_too() -> None:
    async with door(request_seconds=QUICK) as port:
        client = await Client.at(port)
        assert await client.answered() == b"0 bytes"
        client.writer.write(b"GET / HT")
        assert await client.ended()


async def test_who_does_not_take_his_answer_is_sent_away() -> None:
    async with door(request_seconds=QUICK) as port:
        client = await Client.at(port)
        client.writer.transport.pause_reading()  # type: ignore[attr-defined] # a socket's transport reads
        client.writer.write(GET.replace(b"/ ", b"/large ", 1))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await opened(port):
                await asyncio.sleep(0.05)
        await client.leave()


async def opened(port: int) -> bool:
    """Whether the door still holds its end of a connection that is not this look's."""
    rows = (await asyncio.to_thread(_connections)).splitlines()
    wanted = f"0100007F:{port:04X}"
    return any(row.split()[1] == wanted and row.split()[3] == ESTABLISHED for row in rows[1:])


def _connections() -> str:
    return Path("/proc/net/tcp").read_text(encoding="ascii")


async def test_one_host_has_so_many_and_no_more() -> None:
    async with door(request_seconds=SLOW, most_of_one_host=3) as port:
        first = [await Client.at(port) for _ in range(3)]
        for client in first:
            assert await client.answered() == b"0 bytes"
        assert await (await Client.at(port)).ended()
        for client in first:
            assert await client.answered() == b"0 bytes"
            await client.leave()


async def test_when_all_are_taken_who_waited_longest_makes_room() -> None:
    async with door(request_seconds=SLOW, most=2) as port:
        idle, busy = await Client.at(port), await Client.at(port)
        assert await busy.answered() == b"0 bytes"
        newest = await Client.at(port)
        assert await newest.answered() == b"0 bytes"
        assert await idle.ended()
        assert await busy.answered() == b"0 bytes"
        await newest.leave()
        await busy.leave()

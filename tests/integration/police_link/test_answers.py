"""An endpoint whose answers come in pieces, or without end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest

from services.police_link.adapters.http_police_gateway import HttpPoliceGateway
from services.police_link.ports import EndpointAway

STATUS = b'{"type":"police.notice_status.v1","escalation":"e1","first_at":7}'


@contextlib.asynccontextmanager
async def endpoint(pieces: Sequence[bytes]) -> AsyncIterator[HttpPoliceGateway]:
    """The gateway to one that says 200 and these pieces, each when the one before was on its way for a while."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in (*pieces, b""):
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        over.set()

    over = asyncio.Event()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        async with aiohttp.ClientSession() as session:
            yield HttpPoliceGateway(session, "鼓楼分局", f"http://{host}:{port}/in", "", seconds=20)
        await over.wait()


async def test_a_status_that_comes_in_pieces_is_read_whole() -> None:
    async with endpoint([STATUS[:20], STATUS[20:50], STATUS[50:]]) as gateway:
        found = await gateway.status("e1")
    assert found is not None
    assert (found.escalation, found.first_at) == ("e1", 7)


async def test_of_an_answer_without_end_only_its_beginning_is_read() -> None:
    async with endpoint([b" " * 60_000] * 100) as gateway:
        with pytest.raises(EndpointAway, match="cannot be read"):
            await gateway.status("e1")

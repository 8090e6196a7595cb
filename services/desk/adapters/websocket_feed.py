"""The feed's clients. Frames of a tick are encoded once for each sight and written to each client in one piece.

The transport's own buffer is the client's queue, and its bound: a client that has not taken `FULL` bytes beyond its
snapshot gets nothing more until the buffer is empty, then a fresh snapshot. `websockets.broadcast` was the model; it
writes once for each frame, this once for each tick. The server's frames are not masked, so their bytes are the same
for all.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State

from services.contracts.codec import NOT_READ
from services.contracts.views import Resume
from services.desk.adapters.postgres_sessions import COOKIE
from services.desk.ports import ScreenGone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from websockets.http11 import Request

    from services.contracts.stored import Actor
    from services.contracts.views import FeedFrame, PartitionPosition
    from services.desk.domain.feed_board import Sight
    from services.desk.ports import Line

FULL = 1_000_000
FIRST_WORDS_SECONDS = 0.2


class WebsocketLine:
    """`Line` on a websocket."""

    def __init__(self, connection: ServerConnection) -> None:
        """`connection`: its handshake may still go on."""
        self.connection = connection

    @property
    def is_open(self) -> bool:
        """See the port."""
        return self.connection.protocol.state is State.OPEN

    @property
    def waiting(self) -> int:
        """See the port."""
        return self.connection.transport.get_write_buffer_size()

    def write(self, frames: bytes) -> None:
        """See the port."""
        self.connection.transport.write(frames)

    async def said(self) -> str | bytes:
        """See the port."""
        try:
            return await self.connection.recv()
        except ConnectionClosed as error:
            raise ScreenGone(str(error)) from error

    async def close(self, code: int, reason: str) -> None:
        """See the port."""
        await self.connection.close(code, reason)


class Client:
    """One open screen. `seat`: the hash of its session's token; `resume`: where its picture stands, if it said so.

    `picture_of`: of which sight it is.
    """

    full = FULL

    def __init__(self, line: Line, person: Actor, seat: bytes, sight: Sight) -> None:
        """A client gets its snapshot, or what it has missed, first."""
        self.line, self.person, self.seat, self.sight = line, person, seat, sight
        self.resume: tuple[PartitionPosition, ...] = ()
        self.picture_of = ""
        self.needs_first = True
        self._bound = self.full

    @property
    def is_due(self) -> bool:
        """Whether it can be told everything now."""
        return self.needs_first and self.line.is_open and self.line.waiting == 0

    async def hear(self) -> None:
        """Its first words, if it has any: where its picture stands."""
        with contextlib.suppress(TimeoutError, *NOT_READ):
            async with asyncio.timeout(FIRST_WORDS_SECONDS):
                words = _RESUME.decode(await self.line.said())
                self.resume, self.picture_of = words.positions, words.sight

    def begin(self, frames: bytes) -> None:
        """Write what comes first, however large; from here on the client is up to date."""
        self.needs_first, self.resume = False, ()
        self._bound = len(frames) + self.full
        if self.line.is_open:
            self.line.write(frames)

    def write(self, frames: bytes) -> None:
        """Write whole websocket frames; where they would overfill the buffer, a fresh snapshot comes instead."""
        if not self.line.is_open or self.needs_first:
            return
        if self.line.waiting + len(frames) > self._bound:
            self.needs_first = True
        else:
            self.line.write(frames)


class Seats:
    """How many connections each host has, from their beginning on."""

    def __init__(self, most: int, most_of_one_host: int) -> None:
        """`most`: of all hosts."""
        self._most, self._most_of_one_host = most, most_of_one_host
        self._taken: Counter[str] = Counter()

    def connection(self, *of_websockets: Any, **more: Any) -> ServerConnection:
        """What `websockets.serve` makes of a connection."""
        return _Seated(self, *of_websockets, **more)

    def take(self, host: str) -> bool:
        """Count it; whether it may stay."""
        self._taken[host] += 1
        return self._taken[host] <= self._most_of_one_host and self._taken.total() <= self._most

    def leave(self, host: str) -> None:
        """It is gone."""
        self._taken[host] -= 1
        if not self._taken[host]:
            del self._taken[host]


class _Seated(ServerConnection):
    """One that is counted. One too many is ended before it says anything."""

    def __init__(self, seats: Seats, *of_websockets: Any, **more: Any) -> None:
        super().__init__(*of_websockets, **more)
        self._seats, self._host = seats, ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._host = str(peer[0]) if peer else ""
        if not self._seats.take(self._host):
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._seats.leave(self._host)
        super().connection_lost(exc)


_RESUME = msgspec.json.Decoder(Resume)


def wire(frames: Iterable[FeedFrame]) -> bytes:
    """Text frames as they go over the wire, one after the other."""
    return b"".join(Frame(Opcode.TEXT, msgspec.json.encode(one)).serialize(mask=False) for one in frames)


def cookie_of(request: Request) -> str | None:
    """The session's cookie."""
    for header in request.headers.get_all("Cookie"):
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                return value
    return None


def origin_fits(request: Request, web_port: int) -> bool:
    """Whether the page comes from the web process of this host. Other programs send no Origin."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        page, here = urlsplit(origin), urlsplit(f"//{request.headers.get('Host', '')}")
        port = page.port
    except ValueError:  # half an IPv6 address, a port that is none
        return False
    if page.hostname is None:  # and no Host either: nobody is not somebody's own page
        return False
    ports = {web_port, None} if page.scheme == "https" else {web_port}
    return page.scheme in {"http", "https"} and page.hostname == here.hostname and port in ports


def answer(status: HTTPStatus, body: bytes, media_type: str = "text/plain; charset=utf-8") -> Response:
    """A plain HTTP answer on the feed's port."""
    headers = Headers(
        {
            "Content-Type": media_type,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, body)


def refusal(status: HTTPStatus, reason: str, what_to_do: str) -> Response:
    """A problem document (RFC 9457)."""
    body = msgspec.json.encode(
        {
            "type": f"urn:jiejing:{reason}",
            "title": status.phrase,
            "status": status.value,
            "what_to_do": what_to_do,
        }
    )
    return answer(status, body, "application/problem+json")

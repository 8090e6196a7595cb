"""The feed's clients. Frames of a tick are encoded once for each sight and written to each client in one piece.

The transport's own buffer is the client's queue. When it holds more than `FULL` bytes the client is slow: it gets
nothing more until the buffer is empty, then a fresh snapshot. `websockets.broadcast` was the model; it writes once
for each frame, this once for each tick. The server's frames are not masked, so their bytes are the same for all.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State

from services.desk.adapters.postgres_sessions import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request

    from services.contracts.stored import Actor
    from services.contracts.views import FeedFrame
    from services.desk.domain.feed_board import Sight

FULL = 1_000_000


class Client:
    """One open screen. `seat`: the hash of its session's token."""

    def __init__(self, connection: ServerConnection, person: Actor, seat: bytes, sight: Sight) -> None:
        """A client gets its snapshot first."""
        self.connection, self.person, self.seat, self.sight = connection, person, seat, sight
        self.needs_snapshot = True

    @property
    def is_open(self) -> bool:
        """Whether bytes may be written."""
        return self.connection.protocol.state is State.OPEN

    @property
    def waiting(self) -> int:
        """Bytes that the client has not taken yet."""
        return self.connection.transport.get_write_buffer_size()

    def write(self, frames: bytes) -> None:
        """Write whole websocket frames; more than the buffer may hold makes a snapshot necessary later."""
        if not self.is_open:
            return
        self.connection.transport.write(frames)
        if self.waiting > FULL:
            self.needs_snapshot = True


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
    page, here = urlsplit(origin), urlsplit(f"//{request.headers.get('Host', '')}")
    ports = {web_port, None} if page.scheme == "https" else {web_port}
    return page.scheme in {"http", "https"} and page.hostname == here.hostname and page.port in ports


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

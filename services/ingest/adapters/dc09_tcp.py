"""DC-09 over TCP: one protocol object per connection, which reads no further while frames wait for their turn.

A connection holds two chunks and a frame at most. A frame must be whole within `frame_seconds` of its first byte,
however it trickles, and a peer must take its answers within that. A broken stream ends its own connection and no
other.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import structlog

from services.ingest.handlers.conversation import ENDED, Conversation

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.ingest.handlers.intake import Intake

SOURCE = "dc09_tcp"
CHUNK = 4096
UNREAD_ANSWERS = 4096  # bytes that a peer may leave lying with us, and four times that in the kernel
FRAME_SECONDS = 60.0
GOODBYE_SECONDS = 5.0
MAX_CONNECTIONS = 4096


class Dc09Tcp:
    """The receiver's listening side."""

    def __init__(
        self,
        intake: Intake,
        *,
        frame_seconds: float = FRAME_SECONDS,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        """`frame_seconds`: from a frame's first byte to its last, and for a peer to take an answer."""
        self.intake = intake
        self.frame_seconds = frame_seconds
        self.max_connections = max_connections
        self.open: set[_Connection] = set()
        self.chunk = memoryview(bytearray(CHUNK))  # shared: what is in it is copied before the next read
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen, and say where (port 0 takes a free one)."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), host, port, backlog=512)
        bound = self._server.sockets[0].getsockname()
        return str(bound[0]), int(bound[1])

    async def close(self) -> None:
        """Stop listening and end every conversation; what is unanswered will be sent again."""
        if self._server is None:
            return
        self._server.close()
        for connection in tuple(self.open):
            connection.abort()
        await self._server.wait_closed()


class _Connection(asyncio.BufferedProtocol):
    """One panel's line."""

    def __init__(self, door: Dc09Tcp) -> None:
        self._door = door
        self._loop = asyncio.get_running_loop()
        self._talk = Conversation(door.intake, SOURCE, self._say, self._end)
        self._transport: asyncio.Transport | None = None
        self._frame_timer: asyncio.TimerHandle | None = None
        self._other_timer: asyncio.TimerHandle | None = None  # for an answer to be taken, for a goodbye
        self._is_reading = True
        self._is_choked = False
        self._is_heard_out = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._door.open.add(self)
        self._door.intake.accounting.connections = len(self._door.open)
        transport.set_write_buffer_limits(UNREAD_ANSWERS)
        _prepare(transport)
        if len(self._door.open) > self._door.max_connections:
            self._talk.leave("too_many_connections")

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint
        return self._door.chunk

    def buffer_updated(self, nbytes: int) -> None:
        if self._talk.receive(bytes(self._door.chunk[:nbytes])):
            self._drop_frame_timer()
        self._watch()

    def eof_received(self) -> bool:
        """Keep the way back open: what was said is still to be answered."""
        self._is_heard_out = True
        self._drop_frame_timer()
        self._talk.hang_up()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._door.open.discard(self)
        self._door.intake.accounting.connections = len(self._door.open)
        self._talk.leave()
        self._drop_frame_timer()
        self._drop_other_timer()

    def pause_writing(self) -> None:
        self._is_choked = True
        self._await(self._door.frame_seconds, self._never_took_it)
        self._watch()

    def resume_writing(self) -> None:
        self._is_choked = False
        self._drop_other_timer()
        self._watch()

    def abort(self) -> None:
        """End it now."""
        if self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        """Read only when nothing waits, and let a frame that has begun take so long and no longer."""
        if self._talk.over or self._is_heard_out or self._transport is None:
            return
        wanted = not (self._talk.behind or self._is_choked)
        if wanted != self._is_reading:
            self._is_reading = wanted
            (self._transport.resume_reading if wanted else self._transport.pause_reading)()
        if self._frame_timer is None and self._talk.inside_frame:
            self._frame_timer = self._loop.call_later(self._door.frame_seconds, self._fell_silent)

    def _fell_silent(self) -> None:
        self._frame_timer = None
        self._talk.time_out()

    def _never_took_it(self) -> None:
        self._talk.leave("answers_not_taken")
        self.abort()

    def _say(self, answer: bytes) -> None:
        if self._transport is not None:
            self._transport.write(answer)
            if not self._is_reading:
                self._loop.call_soon(self._watch)

    def _end(self, reason: str) -> None:
        self._drop_frame_timer()
        if self._transport is None:
            return
        if reason not in (ENDED, "connection_lost"):
            peer = str(self._transport.get_extra_info("peername"))
            structlog.get_logger("ingest.dc09").warning("conversation_over", peer=peer, reason=reason)
        self._transport.close()
        self._await(GOODBYE_SECONDS, self.abort)

    def _await(self, seconds: float, then: Callable[[], None]) -> None:
        self._drop_other_timer()
        self._other_timer = self._loop.call_later(seconds, then)

    def _drop_frame_timer(self) -> None:
        if self._frame_timer is not None:
            self._frame_timer.cancel()
            self._frame_timer = None

    def _drop_other_timer(self) -> None:
        if self._other_timer is not None:
            self._other_timer.cancel()
            self._other_timer = None


def _prepare(transport: asyncio.Transport) -> None:
    """A dialled panel that loses power says no goodbye: let the kernel find out. Bound what the kernel holds."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * UNREAD_ANSWERS)

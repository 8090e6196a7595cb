"""DC-09 over TCP: one protocol object per connection, which reads no further while frames wait for their turn.

A connection holds two chunks and a frame at most. A frame must be whole within `frame_seconds` of its first byte,
however it trickles, and a peer must take its answers within that. A broken stream ends its own connection and no
other. Who fills the door with connections cannot keep panels out: one host has half of them at most, and when all are
taken the oldest that never said anything makes room.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
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
        max_per_host: int | None = None,
    ) -> None:
        """`frame_seconds`: from a frame's first byte to its last, and for a peer to take an answer.

        `max_per_host`: None is half of `max_connections`; panels may share the address of a building or a relay.
        """
        self.intake = intake
        self.frame_seconds = frame_seconds
        self._max_connections = max_connections
        self._max_per_host = max(1, max_connections // 2) if max_per_host is None else max_per_host
        self._open: dict[_Connection, str] = {}  # the oldest first, with its host
        self._of_host: Counter[str] = Counter()
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
        for connection in tuple(self._open):
            connection.abort()
        await self._server.wait_closed()

    def let_in(self, connection: _Connection, host: str) -> str:
        """Count it; why it must go, or ""."""
        self._open[connection] = host
        self._of_host[host] += 1
        self.intake.accounting.connections = len(self._open)
        if self._of_host[host] > self._max_per_host:
            return "too_many_of_one_host"
        if len(self._open) <= self._max_connections:
            return ""
        silent = next((one for one in self._open if one.is_silent and one is not connection), None)
        if silent is None:
            return "too_many_connections"
        silent.make_room()
        return ""

    def let_out(self, connection: _Connection) -> None:
        """It is gone."""
        host = self._open.pop(connection, None)
        if host is None:
            return
        self._of_host[host] -= 1
        if not self._of_host[host]:
            del self._of_host[host]
        self.intake.accounting.connections = len(self._open)


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
        self.is_silent = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(UNREAD_ANSWERS)
        _prepare(transport)
        peer = transport.get_extra_info("peername")
        if reason := self._door.let_in(self, str(peer[0]) if peer else ""):
            self._talk.leave(reason)

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint
        return self._door.chunk

    def buffer_updated(self, nbytes: int) -> None:
        if self._talk.receive(bytes(self._door.chunk[:nbytes])):
            self.is_silent = False
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
        self._door.let_out(self)
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

    def make_room(self) -> None:
        """End it for another one."""
        self.is_silent = False
        self._talk.leave("made_room")

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

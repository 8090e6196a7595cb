"""DC-09 over TCP: one task per connection, one frame in flight, an answer only after the durable append.

While a frame is being kept nothing is read, so a connection holds one chunk and one frame at most. A frame must
be whole within `frame_seconds` of its first byte, however it trickles. If keeping fails, the connection is closed
without an answer: the panel sends again. A broken stream ends its own connection and no other.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from services.ingest.domain.dc09_stream import Dc09Stream, FrameReceived, FrameRejected, StreamBroken
from services.ingest.handlers import answer_frame
from services.ingest.ports import AppendFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.ingest.adapters.prometheus_tally import Tally
    from services.ingest.domain.dc09_stream import StreamEvent
    from services.ingest.handlers import Intake

CHUNK = 4096
FRAME_SECONDS = 60.0
MAX_CONNECTIONS = 4096


class _Ended(Exception):
    """The conversation is over."""


class Dc09Tcp:
    """The receiver's listening side."""

    def __init__(
        self,
        intake: Intake,
        tally: Tally,
        *,
        frame_seconds: float = FRAME_SECONDS,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        """`frame_seconds`: from a frame's first byte to its last, and for a peer to take an answer."""
        self._intake = intake
        self._tally = tally
        self._frame_seconds = frame_seconds
        self._max = max_connections
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._log = structlog.get_logger("ingest.dc09")

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen, and say where (port 0 takes a free one)."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=CHUNK)
        bound = self._server.sockets[0].getsockname()
        return str(bound[0]), int(bound[1])

    async def close(self) -> None:
        """Stop listening and end every conversation; what is unanswered will be sent again."""
        if self._server is None:
            return
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        log = self._log.bind(peer=str(peer))
        self._tally.connections.inc()
        try:
            if len(self._open) > self._max:
                self._reject(log, "too_many_connections", b"")
                return
            _keep_alive(writer)
            await self._converse(reader, writer, log)
        except _Ended:
            pass
        except (OSError, TimeoutError) as error:
            log.info("connection_lost", error=repr(error))
        finally:
            self._tally.connections.dec()
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()
            writer.transport.abort()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: structlog.stdlib.BoundLogger
    ) -> None:
        stream = Dc09Stream()
        clock = asyncio.get_running_loop().time
        deadline: float | None = None
        while True:
            events = await self._next(stream, reader, deadline)
            for event in events:
                await self._handle(event, writer, log)
            if events or not stream.inside_frame:
                deadline = None
            if stream.inside_frame and deadline is None:
                deadline = clock() + self._frame_seconds

    async def _next(
        self, stream: Dc09Stream, reader: asyncio.StreamReader, deadline: float | None
    ) -> Sequence[StreamEvent]:
        """Wait for bytes, until `deadline` if a frame has begun. At the end of the stream raises `_Ended`."""
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await reader.read(CHUNK)
        except TimeoutError:
            return stream.time_out()
        events = stream.receive(chunk) if chunk else stream.end()
        if not chunk and not events:
            raise _Ended
        return events

    async def _handle(
        self, event: StreamEvent, writer: asyncio.StreamWriter, log: structlog.stdlib.BoundLogger
    ) -> None:
        match event:
            case FrameReceived():
                await self._answer(event, writer, log)
            case FrameRejected(reason=reason, raw=raw):
                self._reject(log, reason, raw)
            case StreamBroken(reason=reason, raw=raw):
                self._reject(log, reason, raw)
                raise _Ended

    async def _answer(
        self, event: FrameReceived, writer: asyncio.StreamWriter, log: structlog.stdlib.BoundLogger
    ) -> None:
        try:
            answer = await answer_frame(self._intake, event.frame)
        except AppendFailed as error:
            self._tally.failed.labels("dc09").inc()
            log.warning("frame_not_kept", error=str(error))
            raise _Ended from error
        writer.write(answer)
        async with asyncio.timeout(self._frame_seconds):
            await writer.drain()
        self._tally.answered.labels(answer[10:13].decode()).inc()

    def _reject(self, log: structlog.stdlib.BoundLogger, reason: str, raw: bytes) -> None:
        self._tally.rejected.labels(reason).inc()
        log.warning("dc09_rejected", reason=reason, raw=repr(raw))


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    """A dialled panel that loses power says no goodbye: let the kernel find out."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

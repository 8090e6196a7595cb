"""A TCP line that can fail, between somebody and whom he calls: a proxy of our own, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain
from typing import NamedTuple

BYTES = 65536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: what is closed is reset

Call = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


class Ways(NamedTuple):
    """Whether something passes, to the one who is called and back from him."""

    there: asyncio.Event
    back: asyncio.Event

    def let_pass(self) -> None:
        """Both ways."""
        for way in self:
            way.set()

    def hold(self) -> None:
        """Both ways."""
        for way in self:
            way.clear()


class Ends(NamedTuple):
    """Whoever calls, and who is called."""

    caller: asyncio.StreamWriter
    called: asyncio.StreamWriter


class Line:
    """Passes on what comes, both ways, until it is told otherwise. `connections`: how many there ever were."""

    def __init__(self, call: Call) -> None:
        """`call`: reaches whoever listens at the other end."""
        self._call = call
        self._loop = asyncio.new_event_loop()
        self._open: set[Ends] = set()
        self._ways = Ways(asyncio.Event(), asyncio.Event())  # of connections that come
        self._lost: list[Ways] = []
        self.connections = 0

    @contextlib.contextmanager
    def standing(self) -> Iterator[int]:
        """The port of the loopback where it is reached."""
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        self._loop.call_soon_threadsafe(self._ways.let_pass)
        server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._pass, "127.0.0.1", 0), self._loop
        ).result(10)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            asyncio.run_coroutine_threadsafe(self._end(server), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            self._loop.close()

    def reset(self) -> None:
        """Cut every connection, without a word of farewell; what was under way is lost."""
        self._loop.call_soon_threadsafe(self._cut)

    def lose(self) -> None:
        """Every connection is half-open from now on: its other end is gone, and nobody tells the caller. New ones are as ever."""
        self._loop.call_soon_threadsafe(self._begin_anew)

    @contextlib.contextmanager
    def stalled(self, *, there: bool = True, back: bool = True) -> Iterator[None]:
        """Nothing passes these ways meanwhile and nothing is closed, though new connections are taken."""
        held = [way for way, is_held in zip(self._ways, (there, back), strict=True) if is_held]
        for way in held:
            self._loop.call_soon_threadsafe(way.clear)
        try:
            yield
        finally:
            for way in held:
                self._loop.call_soon_threadsafe(way.set)

    def _begin_anew(self) -> None:
        self._ways.hold()
        self._lost.append(self._ways)
        self._ways = Ways(asyncio.Event(), asyncio.Event())
        self._ways.let_pass()
        for ends in self._open:
            _abort(ends.called)

    def _cut(self) -> None:
        for end in chain.from_iterable(self._open):
            _abort(end)

    async def _end(self, server: asyncio.Server) -> None:
        """Also who was just taken: a server that is closed before he has his transport loses him open (Python 3.11)."""
        for listening in server.sockets:
            self._loop.remove_reader(listening.fileno())
        await asyncio.sleep(0)  # what is due in this turn may still take somebody,
        await asyncio.sleep(0)  # who has his transport in the next
        server.close()
        for ways in (*self._lost, self._ways):
            ways.let_pass()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                while under_way := asyncio.all_tasks() - {asyncio.current_task()}:
                    self._cut()
                    await asyncio.wait(under_way, timeout=0.1)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        ways = self._ways
        try:
            there_reader, there_writer = await self._call()
        except OSError:
            writer.transport.abort()
            return
        ends = Ends(writer, there_writer)
        self._open.add(ends)
        try:
            await asyncio.gather(
                _pipe(reader, there_writer, ways.there), _pipe(there_reader, writer, ways.back)
            )
        finally:
            self._open.remove(ends)


def _abort(end: asyncio.StreamWriter) -> None:
    """A reset, where there is such a thing."""
    there = end.get_extra_info("socket")
    if there.family != socket.AF_UNIX and not end.transport.is_closing():
        there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    end.transport.abort()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while said := await _next(reader, way):
            writer.write(said)
            await writer.drain()
    writer.transport.abort()


async def _next(reader: asyncio.StreamReader, way: asyncio.Event) -> bytes:
    """What is said next, nothing at the end of it, once it may pass: a line that is silent tells of no end either."""
    said = b""
    with contextlib.suppress(OSError):
        said = await reader.read(BYTES)
    await way.wait()
    return said

"""The way between a feed and a screen: it may be slow, be cut, or be cut with only one of its ends knowing."""

from __future__ import annotations

import asyncio
from collections.abc import Generator

import msgspec
from websockets.frames import Frame
from websockets.streams import StreamReader

from services.contracts.views import FeedFrame
from services.desk.ports import ScreenGone
from services.simulation.process import Process

QUICK_S, SLOW_S, DULL_S = 0.02, 0.4, 8.0
SLOW_BYTES = 500
PING_S = 40.0  # until an end that was not told finds out
CUT, SLOW, HALF_OPEN = 0.03, 0.03, 0.4
_FRAME: msgspec.json.Decoder[FeedFrame] = msgspec.json.Decoder(FeedFrame)


class SimulatedLine:
    """`Line` of a process to one screen. What the screen has not taken when it is cut is lost."""

    def __init__(self, process: Process) -> None:
        self._process, self._world = process, process.world
        self._under_way = bytearray()
        self._written = asyncio.Event()
        self._came = StreamReader()
        self._parsing = self._parser()
        self._words: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._slow_until = 0.0
        self.is_open = True
        self.is_cut = False

    @property
    def waiting(self) -> int:
        """See the port."""
        return len(self._under_way)

    def write(self, frames: bytes) -> None:
        """See the port."""
        self._under_way += frames
        self._written.set()

    async def said(self) -> bytes:
        """See the port."""
        words = await self._words.get()
        if words is None:
            raise ScreenGone("the line is cut")
        return words

    async def close(self, code: int, reason: str) -> None:
        """See the port."""
        self._process.step(f"closes a line: {code} {reason}")
        self.cut()
        self._feed_knows()

    def say(self, words: bytes) -> None:
        """The screen's words set out."""
        self._words.put_nowait(words)

    async def take(self) -> list[FeedFrame] | None:
        """The frames that come next; None: the line is cut. Who is not told of that waits in vain."""
        while not self.is_cut:
            await self._written.wait()
            await self._process.awake()
            await asyncio.sleep(self._world.random.random() * (SLOW_S if self._is_slow else QUICK_S))
            if self._world.strikes("line cut", CUT, "line"):
                self.cut()
            elif frames := self._arrived():
                return frames
        if self._world.strikes("line half-open", HALF_OPEN, "line"):
            await asyncio.get_running_loop().create_future()
        return None

    def cut(self) -> None:
        """Nothing comes through any more; the feed is told of it now or much later."""
        if self.is_cut:
            return
        self.is_cut = True
        self._written.set()
        random = self._world.random
        is_late = not self._world.calm and random.random() < HALF_OPEN
        self._world.later(random.random() * PING_S if is_late else 0.0, self._feed_knows)

    @property
    def _is_slow(self) -> bool:
        return asyncio.get_running_loop().time() < self._slow_until and not self._world.calm

    def _arrived(self) -> list[FeedFrame]:
        """The whole frames among what has come through."""
        if self.is_cut:
            return []
        if self._world.strikes("line slow", SLOW, "line"):
            now = asyncio.get_running_loop().time()
            self._slow_until = now + self._world.random.random() * DULL_S
        some = SLOW_BYTES if self._is_slow else len(self._under_way)
        self._came.feed_data(bytes(self._under_way[:some]))
        del self._under_way[:some]
        if not self._under_way:
            self._written.clear()
        frames = []
        while (frame := self._next()) is not None:
            frames.append(_FRAME.decode(frame.data))
        return frames

    def _next(self) -> Frame | None:
        try:
            next(self._parsing)
        except StopIteration as parsed:
            self._parsing = self._parser()
            frame: Frame = parsed.value
            return frame
        return None

    def _parser(self) -> Generator[None, None, Frame]:
        return Frame.parse(self._came.read_exact, mask=False)

    def _feed_knows(self) -> None:
        if self.is_open:
            self.is_open = False
            self._words.put_nowait(None)

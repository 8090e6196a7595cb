"""One way of several into the inbox: what comes while an append is in flight goes out together with the next.

So one append is in flight for each lane, a slow one delays no other lane, and many panels share one request.
Under load a lane pauses for half of what the last append took, 5 ms at most: the panels just answered come back in
that time and share the next fsync instead of waiting for another (measured: a third to a half more signals a
second). A signal that finds its lane idle waits for nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from services.ingest.ports import AppendFailed, Signal, SignalLog

Ended = Callable[[AppendFailed | None], None]
PAUSE_SHARE, PAUSE_SECONDS = 0.5, 0.005
MOST = 1_000  # signals of one append, more than panels have in flight on a usual day


class Lane:
    """`ended` of each caller is called once, with what kept its signals from being confirmed."""

    def __init__(self, log: SignalLog, seconds: float) -> None:
        """`seconds`: after that an append counts as failed."""
        self._log = log
        self._seconds = seconds
        self._waiting: list[tuple[Sequence[Signal], Ended]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, signals: Sequence[Signal], ended: Ended) -> None:
        """Append them with the next batch."""
        self._waiting.append((signals, ended))
        if self._task is None:
            self._start()

    async def close(self) -> None:
        """Give up; whoever waits is told that nothing was confirmed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._tell(self._take(), AppendFailed("the receiver is stopping"))

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._drain())
        self._task.add_done_callback(self._stopped)

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """Go on after an error that nobody foresaw, which the loop reports: a lane that stands still loses all."""
        self._task = None
        if self._waiting and not task.cancelled():
            self._start()

    async def _drain(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._waiting:
            batch = self._take()
            failure: AppendFailed | None = AppendFailed("the append was given up")
            began = clock()
            try:
                failure = await self._append([signal for signals, _ in batch for signal in signals])
            finally:
                self._tell(batch, failure)
            if self._waiting:
                await asyncio.sleep(min(PAUSE_SECONDS, (clock() - began) * PAUSE_SHARE))

    async def _append(self, signals: Sequence[Signal]) -> AppendFailed | None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._log.append(signals)
        except TimeoutError:
            return AppendFailed(f"the log did not confirm within {self._seconds:g} s")
        except AppendFailed as error:
            return error
        return None

    def _take(self) -> list[tuple[Sequence[Signal], Ended]]:
        batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        return batch

    @staticmethod
    def _tell(batch: Sequence[tuple[Sequence[Signal], Ended]], failure: AppendFailed | None) -> None:
        """Each by itself: what goes wrong for one caller is not another's."""
        loop = asyncio.get_running_loop()
        for _, ended in batch:
            loop.call_soon(ended, failure)

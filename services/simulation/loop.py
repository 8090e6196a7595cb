"""An event loop whose time is virtual: where nothing is ready, it is at once the next timer's time.

No socket, no thread, no clock of the machine. Callbacks that are ready run in the order in which they were registered,
as asyncio promises, and timers of one instant in the order in which they were set; what is free in life, when an answer
from outside comes, is drawn by the twins as a delay.

The turns are our own: asyncio's took a third of a simulation, most of it to compare timers by a method and to look at
each turn for those that were cancelled.
"""

from __future__ import annotations

import asyncio
from asyncio.base_events import BaseEventLoop
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from heapq import heappop, heappush
from typing import Any, TypeVar, TypeVarTuple, Unpack

from services.runtime.collecting import uncollected

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Deadlock(RuntimeError):
    """Nothing is ready, and no timer will ever make it so."""


class Registered(asyncio.TimerHandle):
    """A callback, at once or at `at_s`; without one it was cancelled."""

    __slots__ = ("args", "at_s", "callback", "context")

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None, at_s: float
    ) -> None:
        self.callback: Callable[..., object] | None = callback
        self.args, self.at_s = args, at_s
        self.context = copy_context() if context is None else context

    def __repr__(self) -> str:
        return f"<{self.callback} at {self.at_s}>"

    def cancel(self) -> None:
        """See asyncio."""
        self.callback = None

    def cancelled(self) -> bool:
        """See asyncio."""
        return self.callback is None

    def when(self) -> float:
        """See asyncio."""
        return self.at_s


class VirtualLoop(BaseEventLoop):
    """See the module. `time()` is seconds since it began."""

    _stopping: bool  # of the base, which sets it when somebody says stop

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._due: deque[Registered] = deque()
        self._timers: list[tuple[float, int, Registered]] = []
        self._set = 0

    def time(self) -> float:
        """See asyncio."""
        return self._now_s

    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> Registered:
        """See asyncio."""
        handle = Registered(callback, args, context, self._now_s)
        self._due.append(handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> Registered:
        """See asyncio."""
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> Registered:
        """See asyncio."""
        handle = Registered(callback, args, context, when)
        self._set += 1
        heappush(self._timers, (when, self._set, handle))
        return handle

    def _run_once(self) -> None:
        """Turn until somebody says stop. Raises `Deadlock`."""
        due, timers = self._due, self._timers
        while not self._stopping:
            if not due:
                self._now_s = max(self._now_s, self._next_s())
            while timers and timers[0][0] <= self._now_s:
                due.append(heappop(timers)[2])
            for _ in range(len(due)):
                handle = due.popleft()
                if handle.callback is not None:
                    self._call(handle, handle.callback)

    def _next_s(self) -> float:
        """When the next timer is due that was not cancelled."""
        timers = self._timers
        while timers:
            if timers[0][2].callback is not None:
                return timers[0][0]
            heappop(timers)
        raise Deadlock("everybody waits and nobody will wake them")

    def _call(self, handle: Registered, callback: Callable[..., object]) -> None:
        try:
            handle.context.run(callback, *handle.args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - as asyncio: told to the loop's handler
            self.call_exception_handler(
                {"message": f"in callback {callback}", "exception": error, "handle": handle}
            )


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a loop of its own. Raises `Deadlock`.

    When the collector runs depends on what ran before, and nothing of a simulation may.
    """
    with uncollected, asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)

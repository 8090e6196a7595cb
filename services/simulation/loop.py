"""An event loop whose time is virtual: where nothing is ready, it is at once the next timer's time.

No socket, no thread, no clock of the machine. Callbacks that are ready run in the order in which they were registered,
as asyncio promises; what is free in life, when an answer from outside comes, is drawn by the twins as a delay.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from asyncio.base_events import BaseEventLoop
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


class Deadlock(RuntimeError):
    """Nothing is ready, and no timer will ever make it so."""


class _Jump:
    """In place of a selector: instead of waiting it moves the time on."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None:
            raise Deadlock("everybody waits and nobody will wake them")
        self.now += timeout
        return []

    def close(self) -> None:
        """Nothing to release."""


class VirtualLoop(BaseEventLoop):
    """See the module. `time()` is seconds since it began."""

    def __init__(self) -> None:
        super().__init__()
        self._jump = _Jump()
        self._selector = self._jump
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """See asyncio."""
        return self._jump.now

    def _process_events(self, _: list[object]) -> None:
        """Nothing comes from outside."""

    def _write_to_self(self) -> None:
        """There is no other thread to be woken by."""


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """When the collector runs depends on what ran before; nothing of a simulation may."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a loop of its own. Raises `Deadlock`."""
    with _uncollected(), asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)

"""The port to one partition of a log, and what can go wrong there.

A log is a list of records at offsets 0, 1, 2 … An append may land although its answer is lost; it may land
twice, or late, behind what somebody else wrote. Nothing here hides that: the caller is told the offset of
the first record of a batch, or that the fate is unknown, and the counting rule (`counting`) does the rest.
A log may be cut by an accident on its disk; then `end` is smaller than it was.

Errors, by what the caller does:
  AppendUnknown   throw away your state, open a new writer, fold again
  OffsetGone      the log has no such offset: it was cut, or does not reach back so far
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record where it lies. Only `value` counts; `stamp_us` is the broker's time, microseconds."""

    offset: int
    stamp_us: int
    value: bytes


class LogError(Exception):
    """The root of what a log can say no with."""


class AppendUnknown(LogError):
    """It is not known whether, or where, a batch landed."""


class OffsetGone(LogError):
    """A read from beyond the end: the log is shorter than what was already seen of it."""


class LogWriter(Protocol):
    """One writer. It is closed, never reused, after `AppendUnknown` or an offset that was not predicted."""

    async def append(self, values: Sequence[bytes]) -> int:
        """Append in order, durably; the offset of the first. Raises `AppendUnknown`."""

    async def close(self) -> None:
        """Give it up. Says nothing about what is under way."""


class EventLog(Protocol):
    """One partition of a log, for one reader at a time and any number of writers."""

    async def begin(self) -> int:
        """The offset of the first record that is still there; where nothing is, the same as `end`."""

    async def begun(self) -> int:
        """The offset at which the newest generation begins, whose genesis carries the state; 0 where there is one only."""

    async def end(self) -> int:
        """The offset that the next record will get."""

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """Up to `most` records from `offset`, at once if there are any, else after `wait_s` none.

        Raises `OffsetGone` when `offset` lies beyond the end.
        """

    async def open_writer(self) -> LogWriter:
        """A fresh writer, which knows nothing of those before it."""

    async def close(self) -> None:
        """Release the connections."""

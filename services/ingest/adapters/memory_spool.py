"""A spool in memory that keeps what the one on disk keeps, as bytes: for tests and simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.ingest.domain.spool_lines import lines_in, read, written
from services.ingest.ports import AppendFailed, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.ingest.ports import Signal


class MemorySpool:
    """One segment for each call. While `full` is set, keeping fails."""

    def __init__(self) -> None:
        self.segments: dict[int, bytes] = {}
        self.full = False
        self._newest = 0

    @property
    def waiting(self) -> int:
        """See the port."""
        return sum(map(lines_in, self.segments.values()))

    @property
    def size(self) -> int:
        """See the port."""
        return sum(map(len, self.segments.values()))

    async def keep(self, signals: Sequence[Signal]) -> None:
        """Keep the signals. Raises `AppendFailed` while full."""
        if self.full:
            msg = "the spool is full"
            raise AppendFailed(msg)
        self._newest += 1
        self.segments[self._newest] = written(signals)

    async def oldest(self) -> Segment | None:
        """See the port."""
        if not self.segments:
            return None
        number = min(self.segments)
        found = read(self.segments[number])
        return Segment(number=number, signals=found.signals, damaged=found.damaged)

    async def forget(self, segment: Segment) -> None:
        """See the port."""
        del self.segments[segment.number]

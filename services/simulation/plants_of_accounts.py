"""Faults of the accounting by line and minute, planted to show that the simulator finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from services.desk.adapters.memory_line_accounting import MemoryLineAccounting
from services.desk.domain.line_accounting import LinesRead, count
from services.desk.domain.reading_place import Place
from services.runtime.counting import Counted

BETWEEN_S = 0.3


class CountingFirst(MemoryLineAccounting):
    """Writes what it counted and how far it has read one after the other."""

    async def take(self, batch: Sequence[Counted], places: Mapping[int, Place]) -> None:
        """See the book."""
        for one in batch:
            count(self._kept.recorded, one.partition, one.offset, one.decision)
        await asyncio.sleep(BETWEEN_S)
        counted, self._kept.recorded = self._kept.recorded, {}
        await super().take(batch, places)
        self._kept.recorded = counted


class ReadingFirst(MemoryLineAccounting):
    """The same of the receivers' counts, the other way round."""

    async def write_sockets(self, read: LinesRead, now: int) -> None:
        """See the port."""
        await super().write_sockets(LinesRead(read.run, ()), now)
        self._kept.runs[read.run].number = max((one.number for one in read.lines), default=0)
        await asyncio.sleep(BETWEEN_S)
        await super().write_sockets(read, now)

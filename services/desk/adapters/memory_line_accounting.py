"""The accounting by line in memory, written whole or not at all: for tests and simulation."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

import msgspec

from services.desk.adapters.postgres_line_accounting import PostgresLineAccounting
from services.desk.domain.line_accounting import CellKey, LineMinute, Recorded, count
from services.desk.domain.reading_place import Place, moved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.desk.domain.line_accounting import LinesRead
    from services.runtime.counting import Counted


class Run(msgspec.Struct):
    """A run of the receivers: how far it was read, and since when it is not known what it holds."""

    number: int = 0
    ended: bool = False
    unsure_since: int | None = None


class MemoryAccounts:
    """What is kept. `sockets`: by run, line and minute, as the receivers counted; `recorded`: as the record says."""

    def __init__(self) -> None:
        """Nothing was counted."""
        self.sockets: dict[tuple[str, str, int], LineMinute] = {}
        self.runs: dict[str, Run] = {}
        self.recorded: dict[CellKey, Recorded] = {}
        self.places: dict[int, Place] = {}

    def count_again(self) -> None:
        """Drop what is made from the record; the receivers' counts can be made by nothing else."""
        self.recorded.clear()
        self.places.clear()


class MemoryLineAccounting:
    """`Book` and `SocketCounts` in memory: one writer."""

    name = PostgresLineAccounting.name
    lock = PostgresLineAccounting.lock

    def __init__(self, kept: MemoryAccounts) -> None:
        """`kept`: outlives its writers."""
        self._kept = kept

    async def begin(self) -> Mapping[int, Place]:
        """See `Book`."""
        return {partition: copy(place) for partition, place in self._kept.places.items()}

    async def take(self, batch: Sequence[Counted], places: Mapping[int, Place]) -> None:
        """See `Book`."""
        for one in batch:
            count(self._kept.recorded, one.partition, one.offset, one.decision)
            places[one.partition].move(one.offset, one.head, one.decision)
        self._kept.places |= {place.partition: copy(place) for place in moved(places, batch)}

    async def newest_run(self) -> tuple[str, int]:
        """See the port."""
        living = [(name, run.number) for name, run in self._kept.runs.items() if not run.ended]
        return max(living, default=("", 0))

    async def doubt(self, since: int | None) -> None:
        """See the port."""
        for run in self._kept.runs.values():
            if not run.ended:
                run.unsure_since = since

    async def doubted(self) -> int | None:
        """See the port."""
        known = [run.unsure_since for run in self._kept.runs.values() if not run.ended]
        return min((since for since in known if since is not None), default=None)

    async def write_sockets(self, read: LinesRead, now: int) -> None:
        """See the port."""
        del now
        for one in read.lines:
            self._kept.sockets[read.run, one.line, one.minute] = one
        run = self._kept.runs.setdefault(read.run, Run())
        run.number = max(run.number, max((one.number for one in read.lines), default=0))
        for name, other in self._kept.runs.items():
            other.ended = name != read.run

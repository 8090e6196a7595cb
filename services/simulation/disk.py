"""Disk and database as one process reaches them. What lies there is in the memory twins and outlives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.ports import SnapshotsAway
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Snapshot
from services.ingest.adapters.memory_spool import MemorySpool
from services.ingest.ports import AppendFailed, Segment, Signal
from services.runtime.acting_on_decisions import MemoryPlaces
from services.simulation.process import Process

SLOW, AWAY, FULL = 0.02, 0.02, 0.05


async def reach_database(process: Process, away: type[Exception] = ConnectionResetError) -> None:
    """There, or back. Raises `away`, as who uses that database knows it."""
    await process.outside(SLOW)
    if process.world.database_is_away(AWAY, process.name):
        raise away("the database is away")


class SimulatedSpool:
    """`Spool`: slow now and then, or full. A write that was given up may lie there all the same."""

    def __init__(self, process: Process, spool: MemorySpool) -> None:
        self._process, self._spool = process, spool

    @property
    def waiting(self) -> int:
        """See the port."""
        return self._spool.waiting

    @property
    def size(self) -> int:
        """See the port."""
        return self._spool.size

    async def keep(self, signals: Sequence[Signal]) -> None:
        """See the port."""
        await self._process.outside()
        if self._process.world.strikes("disk full", FULL, self._process.name):
            raise AppendFailed("the disk is full")
        await self._spool.keep(signals)
        self._process.step(f"spools {[signal.id.counter for signal in signals]}")
        await self._process.outside(SLOW)

    async def oldest(self) -> Segment | None:
        """See the port."""
        await self._process.outside(SLOW)
        return await self._spool.oldest()

    async def forget(self, segment: Segment) -> None:
        """See the port."""
        await self._process.outside(SLOW)
        await self._spool.forget(segment)
        self._process.step(f"forgets segment {segment.number}")


class SimulatedSnapshots:
    """`Snapshots`: a database that is away now and then."""

    def __init__(self, process: Process, snapshots: MemorySnapshots) -> None:
        self._process, self._snapshots = process, snapshots

    async def newest(self, partition: int) -> Snapshot | None:
        """See the port."""
        await reach_database(self._process, SnapshotsAway)
        found = await self._snapshots.newest(partition)
        if found is not None:
            self._process.step(f"takes up the snapshot of {partition} at {found.offset}")
        return found

    async def keep(self, partition: int, snapshot: Snapshot) -> None:
        """See the port."""
        await reach_database(self._process, SnapshotsAway)
        await self._snapshots.keep(partition, snapshot)
        self._process.step(f"keeps a snapshot of {partition} at {snapshot.offset}")


Moved: TypeAlias = "Callable[[int, int, int], None]"  # a partition's place, from one offset to another


class SimulatedPlaces:
    """`Places`: a database that is away now and then, before or after it took the places. `moved`: told of each."""

    def __init__(
        self, process: Process, places: MemoryPlaces, moved: Moved = lambda _where, _since, _until: None
    ) -> None:
        self._process, self._places, self._moved = process, places, moved

    async def load(self) -> dict[int, Chain]:
        """See the port."""
        await reach_database(self._process)
        return await self._places.load()

    async def move(self, chains: Mapping[int, Chain], moved: set[int]) -> None:
        """See the port."""
        await reach_database(self._process)
        before = {partition: self._places.kept[partition].offset for partition in moved}
        await self._places.move(chains, moved)
        for partition in sorted(moved):
            self._moved(partition, before[partition], chains[partition].offset)
        self._process.step(f"moves {sorted((partition, chains[partition].offset) for partition in moved)}")
        await reach_database(self._process)

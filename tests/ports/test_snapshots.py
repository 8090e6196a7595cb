"""Whoever keeps snapshots gives back the one that reaches furthest, of the same fold and partition only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.adapters.postgres_snapshots import PostgresSnapshots
from services.alarm_router.ports import Snapshots, SnapshotsAway
from services.contracts.envelope import Source
from services.eventsourcing.partition import Snapshot
from services.simulation.disk import SimulatedSnapshots
from services.simulation.process import Process
from services.simulation.world import World

Of = Callable[[str], Snapshots]


@pytest.fixture(params=["memory", "simulated", "postgres"])
async def of(request: pytest.FixtureRequest) -> AsyncIterator[Of]:
    """The snapshots of a fold."""
    folds: dict[str, MemorySnapshots] = {}
    if request.param == "memory":
        yield lambda fold: folds.setdefault(fold, MemorySnapshots())
        return
    if request.param == "simulated":
        world = World(1)
        world.calm = True
        router = Process(world, "router")
        yield lambda fold: SimulatedSnapshots(router, folds.setdefault(fold, MemorySnapshots()))
        return
    dsn = request.getfixturevalue("database")
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        yield lambda fold: PostgresSnapshots(pool, fold)


def made(offset: int) -> Snapshot:
    return Snapshot(
        offset, b"h" * 16, Source(offset=offset - 1, hash=b"s" * 16), (b"state %d" % offset, b"", b"behind")
    )


async def test_before_any_was_kept_there_is_none(of: Of) -> None:
    assert await of("f").newest(0) is None


async def test_the_one_that_reaches_furthest_is_given_back_as_it_was(of: Of) -> None:
    for offset in (10, 40, 20, 30, 40):
        await of("f").keep(0, made(offset))
    assert await of("f").newest(0) == made(40)


async def test_other_partitions_and_other_folds_have_their_own(of: Of) -> None:
    await of("f").keep(0, made(10))
    await of("f").keep(1, made(20))
    await of("g").keep(0, made(30))
    assert [await of(fold).newest(number) for fold, number in (("f", 0), ("f", 1), ("g", 0), ("g", 1))] == [
        made(10), made(20), made(30), None
    ]  # fmt: skip


async def test_a_database_that_is_away_is_said_so() -> None:
    pool = await asyncpg.create_pool("postgresql://127.0.0.1:1/none", min_size=0, timeout=2)
    snapshots = PostgresSnapshots(pool, "f")
    with pytest.raises(SnapshotsAway):
        await snapshots.newest(0)
    with pytest.raises(SnapshotsAway):
        await snapshots.keep(0, made(1))
    pool.terminate()

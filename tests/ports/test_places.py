"""Whoever acts on decisions finds again how far it was, each reader by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from services.contracts.topics import PARTITIONS
from services.eventsourcing.counting import Chain
from services.runtime.acting_on_decisions import MemoryPlaces, Places, PostgresPlaces
from services.simulation.disk import SimulatedPlaces
from services.simulation.process import Process
from services.simulation.world import World

Of = Callable[[str], Places]


@pytest.fixture(params=["memory", "simulated", "postgres"])
async def of(request: pytest.FixtureRequest) -> AsyncIterator[Of]:
    """The places of a reader."""
    kept: dict[str, MemoryPlaces] = {}
    if request.param == "memory":
        yield lambda reader: kept.setdefault(reader, MemoryPlaces())
        return
    if request.param == "simulated":
        world = World(1)
        world.calm = True
        process = Process(world, "followup")
        yield lambda reader: SimulatedPlaces(process, kept.setdefault(reader, MemoryPlaces()))
        return
    dsn = request.getfixturevalue("database")
    async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
        yield lambda reader: PostgresPlaces(pool, reader)


async def test_who_never_read_begins_at_the_beginning_of_every_partition(of: Of) -> None:
    assert await of("a").load() == {partition: Chain() for partition in range(PARTITIONS)}


async def test_what_was_moved_is_found_again_and_the_rest_stays(of: Of) -> None:
    chains = await of("a").load()
    chains[3], chains[5] = Chain(7, b"h" * 16), Chain(9, b"i" * 16)
    await of("a").move(chains, {3})
    found = await of("a").load()
    assert (found[3], found[5]) == (Chain(7, b"h" * 16), Chain())


async def test_one_reader_moves_no_other(of: Of) -> None:
    await of("a").move({3: Chain(7, b"h" * 16)}, {3})
    assert (await of("b").load())[3] == Chain()


async def test_what_is_read_on_from_is_a_copy(of: Of) -> None:
    chains = await of("a").load()
    chains[3].offset = 11
    assert (await of("a").load())[3] == Chain()

"""What every spool must do: the one in memory and the one on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ingest.adapters.file_spool import FileSpool
from services.ingest.adapters.memory_spool import MemorySpool
from services.ingest.ports import Signal, Spool
from services.simulation.disk import SimulatedSpool
from services.simulation.process import Process
from services.simulation.world import World
from tests.ports.test_signal_log import signal


@pytest.fixture(params=["memory", "simulated", "file"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Spool]:
    if request.param == "memory":
        yield MemorySpool()
        return
    if request.param == "simulated":
        world = World(1)
        world.calm = True
        yield SimulatedSpool(Process(world, "ingest"), MemorySpool())
        return
    made = FileSpool(tmp_path)
    yield made
    made.close()


async def test_an_empty_spool_has_no_oldest_segment(spool: Spool) -> None:
    assert (spool.waiting, spool.size, await spool.oldest()) == (0, 0, None)


async def test_what_was_kept_comes_back_in_its_order(spool: Spool) -> None:
    kept = [signal("site", number) for number in range(1, 8)]
    for at in range(0, 7, 2):
        await spool.keep(kept[at : at + 2])
    assert spool.waiting == 7
    assert spool.size > 0
    found: list[Signal] = []
    while (segment := await spool.oldest()) is not None:
        assert segment.damaged == 0
        found += segment.signals
        await spool.forget(segment)
    assert found == kept
    assert (spool.waiting, spool.size) == (0, 0)


async def test_a_segment_stays_until_it_is_forgotten(spool: Spool) -> None:
    await spool.keep([signal("site", 1)])
    first = await spool.oldest()
    assert first is not None
    assert await spool.oldest() == first


async def test_what_is_kept_after_a_look_is_not_in_the_segment_seen(spool: Spool) -> None:
    await spool.keep([signal("site", 1)])
    first = await spool.oldest()
    assert first is not None
    await spool.keep([signal("site", 2)])
    await spool.forget(first)
    second = await spool.oldest()
    assert second is not None
    assert second.signals == (signal("site", 2),)

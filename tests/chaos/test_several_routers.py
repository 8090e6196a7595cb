"""Two routers share the partitions, as docs/operations.md has it; each is killed, and a third one owns all of them too for a while.

Whatever a router decides, it counts by its position alone: several at once lose nothing, and nothing takes effect twice.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from services.contracts.topics import PARTITIONS, partition_of
from services.runtime.settings import Settings
from services.station.adapters.data_folder import make_folders
from services.station.adapters.leash import Kept
from services.station.processes import service_child
from services.station.status import noted_by_up
from tests.chaos.a_blow import Killed
from tests.chaos.a_police import Police
from tests.chaos.a_schedule import SOAK, Schedule, survives
from tests.chaos.a_station import READY_S, Station

if not SOAK:
    pytest.skip("minutes: make soak", allow_module_level=True)

RATE = 60.0
TWINS_S = 10.0
FIRST, SECOND = range(0, PARTITIONS, 2), range(1, PARTITIONS, 2)


class RouterBeside:
    """A router that `up` knows nothing of: its partitions, and a data folder of its own."""

    def __init__(self, station: Station, folder: Path, partitions: Sequence[int]) -> None:
        settings = Settings(
            data_dir=folder,
            kafka=station.endpoints["kafka"],
            postgres=station.endpoints["postgres"],
            settle_s=noted_by_up(station.settings).settle_s,
            router_partitions=tuple(partitions),
        )
        make_folders(settings)
        self._child = service_child("router", settings)
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Run it until it is ready."""
        self._process = self._child.start()
        began = time.monotonic()
        while not await self._child.ready(self._process.pid):
            assert self._process.poll() is None, "the router ended"
            assert time.monotonic() - began < READY_S, "the router is not ready"
            await asyncio.sleep(0.1)

    def kill(self) -> None:
        """At once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class KilledBeside:
    """`kill -9` to the one that nobody starts again but us."""

    def __init__(self, router: RouterBeside) -> None:
        self._router = router

    def __str__(self) -> str:
        return "router beside"

    async def strike(self, _: Station) -> Kept | None:
        """See `Blow`."""
        self._router.kill()
        await self._router.start()
        return None


class Twins:
    """Somebody starts one more that owns what both own, and ends it as roughly."""

    def __init__(self, router: RouterBeside) -> None:
        self._router = router

    def __str__(self) -> str:
        return "twin of both routers"

    async def strike(self, _: Station) -> Kept | None:
        """See `Blow`."""
        await self._router.start()
        try:
            await asyncio.sleep(TWINS_S)
        finally:
            self._router.kill()
        return None


@pytest.fixture
def station(folder: Path, police: Police) -> Iterator[Station]:
    found = Station(folder, police.address, told={"JIEJING_ROUTER_PARTITIONS": json.dumps(list(FIRST))})
    try:
        found.start()
        yield found
    finally:
        found.stop()


async def test_two_routers_share_the_partitions_and_a_third_owns_them_all(
    station: Station, police: Police, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = RouterBeside(station, folder / "second", SECOND)
    third = RouterBeside(station, folder / "third", range(PARTITIONS))
    await second.start()
    try:
        blows = (Killed("router"), KilledBeside(second), Twins(third), Killed("router"), KilledBeside(second))
        decisions = await survives(station, Schedule(blows, rate=RATE), police, capsys)
    finally:
        second.kill()
    said = {partition_of(one.subject) for one in decisions if not one.subject.startswith("partition/")}
    assert said == set(range(PARTITIONS))

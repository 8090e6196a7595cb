"""The network between a station and its Kafka and PostgreSQL fails under load; see `tests.chaos.a_schedule`.

Every connection is reset; or nothing passes for 8 s, or no answer, and then all goes on or is reset; or it is half-open: the
store's end is gone, as when a machine is replaced by another, and the station hears nothing of it, ever.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.chaos.a_blow import Blow, Cut, HalfOpen, Stalled
from tests.chaos.a_police import Police
from tests.chaos.a_schedule import SOAK, asked_for, survives
from tests.chaos.a_station import Station
from tests.chaos.the_stores import stores_behind_lines


def blows(store: str) -> tuple[Blow, ...]:
    return (
        Cut(store),
        Stalled(store),
        Stalled(store, then_cut=True),
        Stalled(store, then_cut=True, only_answers=True),
        HalfOpen(store),
    )


@pytest.mark.skipif(not SOAK, reason="a station and four minutes of its own: make soak")
async def test_the_network_may_fail_under_load(
    folder: Path, police: Police, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stores_behind_lines(folder) as stores:
        station = Station(folder, police.address, stores)
        try:
            await asyncio.to_thread(station.start)
            await survives(station, asked_for(blows("kafka") + blows("postgres")), police, capsys)
        finally:
            await asyncio.to_thread(station.stop)

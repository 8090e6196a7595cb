"""Clocks of a station's processes step under load, the machine's own untouched; see `tests.chaos.a_schedule`.

An hour ahead or ten minutes behind and right again after 8 s; all of them behind until the product tells of it; and a
process that begins with a clock that is set right behind it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.chaos.a_blow import AHEAD_S, BEHIND_S, EVERYBODY, BegunWrong, Blow, ClockStep
from tests.chaos.a_police import Police
from tests.chaos.a_schedule import SOAK, asked_for, survives
from tests.chaos.a_station import Station

BLOWS: tuple[Blow, ...] = (
    *(ClockStep(whose, by) for whose in ("router", "ingest", EVERYBODY) for by in (AHEAD_S, BEHIND_S)),
    ClockStep(EVERYBODY, BEHIND_S, until_told=True),
    *(BegunWrong("router", by) for by in (AHEAD_S, BEHIND_S)),
)


@pytest.mark.skipif(not SOAK, reason="five minutes: make soak")
async def test_clocks_may_step_under_load(
    folder: Path, police: Police, capsys: pytest.CaptureFixture[str]
) -> None:
    station = Station(folder, police.address)
    try:
        await asyncio.to_thread(station.start)
        await survives(station, asked_for(BLOWS), police, capsys)
    finally:
        await asyncio.to_thread(station.stop)

"""`kill -9` to each process once under load, and every clock one hour ahead; see `tests.chaos.a_schedule`.

With SOAK=1 every process is also held for 8 s (SIGSTOP) and let go on; the clocks have a schedule of their own there.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.station.processes import expected
from tests.chaos.a_blow import AHEAD_S, EVERYBODY, ClockStep, Held, Killed
from tests.chaos.a_police import Police
from tests.chaos.a_schedule import SOAK, asked_for, survives
from tests.chaos.a_station import Station
from tests.chaos.open_load import OpenLoad
from tests.chaos.until_whole import until_whole

GONE_S = 30.0  # the watchdog kills after 6 s; the rest is for a machine that is busy
KILLED = tuple(Killed(name) for name in expected())
BLOWS = (*KILLED, *(tuple(Held(name) for name in expected()) if SOAK else (ClockStep(EVERYBODY, AHEAD_S),)))


@pytest.fixture(scope="module")
def station(folder: Path, police: Police) -> Iterator[Station]:
    found = Station(folder, police.address)
    try:
        found.start()
        yield found
    finally:
        found.stop()


async def test_every_process_may_be_killed_under_load(
    station: Station, police: Police, capsys: pytest.CaptureFixture[str]
) -> None:
    await survives(station, asked_for(BLOWS), police, capsys)


async def test_a_killed_supervisor_leaves_nothing_running_and_up_starts_again(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    assert station.process is not None
    assert set(station.children()) >= station.expected()
    station.process.kill()
    station.process.wait()
    began = time.monotonic()
    while left := station.children():
        assert time.monotonic() - began < GONE_S, f"still running: {list(left)}\n{station.last_words()}"
        await asyncio.sleep(0.1)
    gone = time.monotonic() - began
    seconds = await asyncio.to_thread(station.start)
    load = OpenLoad(station, 1)
    async with contextlib.aclosing(load):
        seconds += (await until_whole(load)).whole
    with capsys.disabled():
        print(
            f"\nall gone {gone:.1f} s after kill -9 of the supervisor, whole {seconds:.1f} s after `up` again"
        )

"""A simulated process: while it stands still it sees no time, and the time that it ran is known."""

from __future__ import annotations

import asyncio

from services.simulation.loop import run
from services.simulation.process import Process, Wall
from services.simulation.world import START_US, World

SECOND = 1_000_000


async def _for_ever(_: Process) -> None:
    await asyncio.get_running_loop().create_future()


async def _begun() -> Process:
    process = Process(World(1), "ingest")
    process.begin(_for_ever, lambda *_: None)
    await asyncio.sleep(1)
    return process


def test_its_clock_stands_while_it_does_and_shows_the_time_again_afterwards() -> None:
    async def live() -> list[int]:
        process = await _begun()
        process.stand_still(10)
        await asyncio.sleep(4)
        shown = [process.now_us()]
        await asyncio.sleep(7)
        return [*shown, process.now_us()]

    assert run(live()) == [START_US + SECOND, START_US + 12 * SECOND]


def test_a_clock_that_is_set_takes_whoever_runs_along_slowly_and_whoever_begins_at_once() -> None:
    async def live() -> list[int]:
        wall = Wall()
        old, new = (Process(World(1), name, wall) for name in ("ingest#1", "ingest#2"))
        old.begin(_for_ever, lambda *_: None)
        wall.off_us = 600 * SECOND
        await asyncio.sleep(5)
        new.begin(_for_ever, lambda *_: None)
        return [clock - START_US for life in (old, new) for clock in (life.now_us(), life.clock.steady_us())]

    assert run(live()) == [10 * SECOND, 5 * SECOND, 605 * SECOND, 605 * SECOND]


def test_it_did_not_run_while_it_stood_still_for_long() -> None:
    async def live() -> list[int]:
        process = await _begun()
        process.stand_still(10)
        await asyncio.sleep(4)
        ran = [process.ran_us()]
        await asyncio.sleep(7)
        process.stand_still(1)
        await asyncio.sleep(1)
        return [*ran, process.ran_us()]

    assert run(live()) == [SECOND, 3 * SECOND]


def test_what_died_runs_no_longer() -> None:
    async def live() -> int:
        process = await _begun()
        process.stand_still(10)
        await asyncio.sleep(5)
        process.die()
        await asyncio.sleep(20)
        return process.ran_us()

    assert run(live()) == SECOND

"""Signals arrive and people work on a station whose processes are not all of one version: how one waits for them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.chaos.until_whole import BOUND_S, until_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.station.adapters.leash import Kept
    from tests.chaos.open_load import OpenLoad
    from tests.upgrade.a_mixed_station import MixedStation

RATE = 24.0


async def work_goes_on(load: OpenLoad, ended: Kept | None = None) -> None:
    """Until a new alarm is seen on the desk, and somebody has reported one and closed another since now."""
    sent = load.sent
    reported, closed = len(sent.escalated), len(sent.closed)
    await until_whole(load, ended, "the start" if ended is None else f"the end of {ended.name}")
    await until(lambda: len(sent.escalated) > reported and len(sent.closed) > closed, load)


async def who_waits(load: OpenLoad, station: MixedStation, names: Iterable[str]) -> list[str]:
    """Those of `names` that came upon what is younger than they are; nobody when work goes on without that."""
    working = asyncio.ensure_future(work_goes_on(load))
    while not ((waiting := [name for name in names if station.is_too_old(name)]) or working.done()):
        await asyncio.sleep(0.1)
    if waiting:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    else:
        await working
    return waiting


async def until(holds: Callable[[], bool], load: OpenLoad) -> None:
    """Fail with everybody's last words when it does not come to hold."""
    end = time.monotonic() + BOUND_S
    while not holds():
        assert time.monotonic() < end, f"the operator {load.doing}.\n{load.station.last_words()}"
        await asyncio.sleep(0.1)

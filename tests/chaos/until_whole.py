"""When a product that lost a process, or was given another, is whole again."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import httpx
import msgspec

from tests.chaos.open_load import log_in

if TYPE_CHECKING:
    from services.station.adapters.leash import Kept
    from tests.chaos.a_station import Whole
    from tests.chaos.open_load import OpenLoad

BOUND_S = float(os.environ.get("CHAOS_BOUND_S", "60"))  # more where the machine has much else to do
ANSWER_S = 10.0


class Steps(msgspec.Struct, frozen=True):
    """Seconds after the kill until each step; the last one is: whole."""

    runs: float
    acknowledges: float
    whole: float


async def until_whole(load: OpenLoad, killed: Kept | None = None, after: str = "the start") -> Steps:
    """Until every process runs and a new alarm is seen on the desk, its feed listening. `after`: what happened."""
    began, step = time.monotonic(), "every process to run"
    try:
        async with asyncio.timeout(BOUND_S):
            while not _everybody_runs(load.station, killed):
                await asyncio.sleep(0.1)
            runs = time.monotonic() - began
            step = "a signal to be acknowledged"
            account = await load.probe()
            acknowledges = time.monotonic() - began
            step = f"the alarm of {account} to be on the desk and the feed to listen"
            async with httpx.AsyncClient(base_url=load.station.endpoints["web"], timeout=ANSWER_S) as desk:
                while not await _is_seen(load.station, desk, account):
                    await asyncio.sleep(0.2)
    except TimeoutError:
        words = f"{BOUND_S:.0f} s after {after}, still waiting for {step}.\n{load.station.last_words()}"
        raise AssertionError(words) from None
    return Steps(runs, acknowledges, time.monotonic() - began)


def _everybody_runs(station: Whole, killed: Kept | None) -> bool:
    now = station.children()
    return station.expected() <= set(now) and (killed is None or now[killed.name].pid != killed.pid)


async def _is_seen(station: Whole, desk: httpx.AsyncClient, account: str) -> bool:
    host, port = station.endpoints["feed"].removeprefix("ws://").split("/")[0].rsplit(":", 1)
    try:
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        if not desk.cookies:  # once: passwords are made to cost, and a busy machine has nothing to give away
            await log_in(desk, station)
        answer = await desk.get("/api/alarms", params={"account": account})
        return answer.is_success and bool(answer.json()["items"])
    except (httpx.HTTPError, OSError):
        return False

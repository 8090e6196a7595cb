"""What can happen to a station under test: to a process, to the line between it and its stores, to its clocks.

Each blow strikes and comes back when it is over; what it gives is the process that is dead now, if one is.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Protocol

import msgspec
import psutil

from services.runtime.health import is_ready
from services.station.processes import WORKERS
from tests.chaos.the_lists import rows, until

if TYPE_CHECKING:
    from services.station.adapters.leash import Kept
    from tests.chaos.a_station import Station

HELD_S = 8.0
EVERYBODY = "everybody"
AHEAD_S, BEHIND_S = 3600, -600
FAULTS = """
select sum(coalesce((view->>'occurrence_count')::int, 1)) from desk_2.alarm where view->>'code' = 'clock.fault'
"""


class Blow(Protocol):
    """One blow. Its text is how it is called where it is told of; equal ones are told of together."""

    async def strike(self, station: Station) -> Kept | None:
        """Do it."""


class Killed(msgspec.Struct, frozen=True):
    """`kill -9`."""

    name: str

    def __str__(self) -> str:
        return self.name

    async def strike(self, station: Station) -> Kept:
        """See `Blow`."""
        kept = station.children()[self.name]
        os.kill(kept.pid, signal.SIGKILL)
        return kept


class Held(msgspec.Struct, frozen=True):
    """SIGSTOP, and let go on."""

    name: str

    def __str__(self) -> str:
        return f"{self.name} held"

    async def strike(self, station: Station) -> Kept | None:
        """See `Blow`."""
        leader = psutil.Process(station.children()[self.name].pid)
        held = [leader, *leader.children(recursive=True)]  # a database's sessions are processes of their own
        for one in held:
            one.suspend()
        try:
            await asyncio.sleep(HELD_S)
        finally:
            for one in held:
                one.resume()
        return None


class Cut(msgspec.Struct, frozen=True):
    """Every connection with a store is reset."""

    store: str

    def __str__(self) -> str:
        return f"{self.store} cut"

    async def strike(self, station: Station) -> Kept | None:
        """See `Blow`."""
        station.lines[self.store].reset()
        return None


class Stalled(msgspec.Struct, frozen=True):
    """Nothing passes between the station and a store, or only no answer, though nothing is closed."""

    store: str
    then_cut: bool = False
    only_answers: bool = False

    def __str__(self) -> str:
        held = "unanswered" if self.only_answers else "stalled"
        return f"{self.store} {held}{', then cut' if self.then_cut else ''}"

    async def strike(self, station: Station) -> Kept | None:
        """See `Blow`."""
        line = station.lines[self.store]
        with line.stalled(there=not self.only_answers):
            await asyncio.sleep(HELD_S)
            if self.then_cut:
                line.reset()
        return None


class HalfOpen(msgspec.Struct, frozen=True):
    """The store's end of every connection is gone and the station is not told: silence for ever; new ones are as ever."""

    store: str

    def __str__(self) -> str:
        return f"{self.store} half-open"

    async def strike(self, station: Station) -> Kept | None:
        """See `Blow`."""
        station.lines[self.store].lose()
        return None


class ClockStep(msgspec.Struct, frozen=True):
    """Clocks step, and back after 8 s, or as soon as the product tells that clocks disagree."""

    whose: str
    seconds: int
    until_told: bool = False

    def __str__(self) -> str:
        return f"clock of {self.whose} {self.seconds:+} s{' until told' if self.until_told else ''}"

    async def strike(self, station: Station) -> Kept | None:
        """See `Blow`."""
        names = WORKERS if self.whose == EVERYBODY else (self.whose,)
        before = await _faults(station)

        async def is_told() -> bool:
            return await _faults(station) > before

        station.clocks.step(names, self.seconds)
        try:
            if self.until_told:
                await until("clock.fault is told", is_told, station)
            else:
                await asyncio.sleep(HELD_S)
        finally:
            station.clocks.step(names, 0)
        return None


class BegunWrong(msgspec.Struct, frozen=True):
    """`kill -9`, and the successor begins with a clock that is wrong until it is ready."""

    name: str
    seconds: int

    def __str__(self) -> str:
        return f"{self.name} begun {self.seconds:+} s"

    async def strike(self, station: Station) -> Kept | None:
        """See `Blow`."""
        station.clocks.step((self.name,), self.seconds)
        try:
            kept = await Killed(self.name).strike(station)
            await until(f"{self.name} is ready again", lambda: _is_back(station, kept), station)
        finally:
            station.clocks.step((self.name,), 0)
        return kept


async def _faults(station: Station) -> int:
    """How often the desk was told that clocks disagree."""
    return (await rows(station.endpoints["postgres"], FAULTS))[0][0] or 0


async def _is_back(station: Station, killed: Kept) -> bool:
    now = station.children().get(killed.name)
    return now is not None and now.pid != killed.pid and is_ready(station.settings, now.name, now.pid)

"""What can happen to a station under test: to a process, to the line between it and its stores, to its clocks, its disk.

Each blow strikes and comes back when it is over; what it gives is the process that is dead now, if one is.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import os
import signal
import time
from typing import TYPE_CHECKING, Protocol

import asyncpg
import msgspec
import psutil

from services.runtime.health import is_ready
from services.station.processes import WORKERS
from tests.chaos.the_lists import rows, until

if TYPE_CHECKING:
    from services.station.adapters.leash import Kept
    from tests.chaos.a_station import Station

HELD_S = 8.0
FILLED_AGAIN_S = 0.1
MEGABYTE = bytes(1 << 20)
NEW_LOG = "select pg_logical_emit_message(true, 'disk', 'full'), pg_switch_wal()"
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


class Filled(msgspec.Struct, frozen=True):
    """The disk of the station's data is full to its last byte: somebody's file lies there, and takes what others give back.

    `no_new_log`: the database, which goes on in the file of its log that it has, must begin others, and dies of it.
    """

    seconds: float
    no_new_log: bool = False

    def __str__(self) -> str:
        return f"disk full for {self.seconds:.0f} s{', no new log' if self.no_new_log else ''}"

    async def strike(self, station: Station) -> Kept | None:
        """See `Blow`."""
        film, database = station.settings.data_dir / "somebodys-film", station.children()["postgres"]
        until = time.monotonic() + self.seconds
        try:
            with film.open("wb", buffering=0) as file:
                while time.monotonic() < until:
                    await asyncio.to_thread(_fill, file)
                    if self.no_new_log:
                        await _begin_log(station)
                    await asyncio.sleep(FILLED_AGAIN_S)
        finally:
            film.unlink()
        if not self.no_new_log:
            return None
        assert not psutil.pid_exists(database.pid), "the database had room left"
        return database


def _fill(film: io.RawIOBase) -> None:
    """Write until nothing more is taken."""
    try:
        while film.write(MEGABYTE):
            pass
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise


async def _begin_log(station: Station) -> None:
    """PostgreSQL is to write on in a new file, if it still answers."""
    with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection = await asyncpg.connect(station.endpoints["postgres"], timeout=1, command_timeout=1)
        try:
            await connection.execute(NEW_LOG)
        finally:
            connection.terminate()


async def _faults(station: Station) -> int:
    """How often the desk was told that clocks disagree."""
    return (await rows(station.endpoints["postgres"], FAULTS))[0][0] or 0


async def _is_back(station: Station, killed: Kept) -> bool:
    now = station.children().get(killed.name)
    return now is not None and now.pid != killed.pid and is_ready(station.settings, now.name, now.pid)

"""The process `feed` and what lies around it: the product's own board, ring, audience and works."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from services.alarm_router.domain.codes import class_of
from services.contracts.stored import Actor, Sealed
from services.contracts.topics import INBOX
from services.desk.adapters.inbox_watch import InboxWatch
from services.desk.domain.accounting import AtSockets
from services.desk.domain.feed_board import Sight
from services.desk.domain.reading_place import Place
from services.desk.feed import Around, Feed
from services.picture.names import SiteName
from services.simulation.broker import SimulatedLog
from services.simulation.disk import AWAY, reach_database
from services.simulation.line import SimulatedLine
from services.simulation.process import Process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.simulation.house import House

AGAIN_S = 0.3
MOST_READ = 500
INBOX_EVERY_S = 0.5


class SimulatedInboxWatch(InboxWatch):
    """`FollowedInbox` on the simulated broker."""

    def __init__(self, house: House, process: Process, places: Mapping[int, Place]) -> None:
        super().__init__(places, class_of)
        self._logs = {
            partition: SimulatedLog(process, house.broker, INBOX, partition) for partition in places
        }

    async def read(self) -> None:
        """See the watch."""
        while True:
            for partition, log in self._logs.items():
                for record in await log.read(self._next[partition], most=MOST_READ, wait_s=0.0):
                    self.take(partition, record.offset, record.stamp_us, record.value)
            self.following = True
            await asyncio.sleep(INBOX_EVERY_S)


class Register:
    """`Names`, `Sessions`, `Opening` and `Receivers`: a database that is away now and then, keys that were erased, no receivers."""

    def __init__(self, house: House, process: Process) -> None:
        self._house, self._process = house, process

    async def names(self, sites: Iterable[str]) -> dict[str, SiteName]:
        """See the port."""
        await self.reach()
        return {site: self._house.site_names[site] for site in sites if site in self._house.site_names}

    async def people(self, hashes: Iterable[bytes]) -> dict[bytes, Actor]:
        """See the port."""
        await self.reach()
        return {seat: self._house.people[seat] for seat in hashes if seat in self._house.people}

    async def open(self, sealed: Iterable[Sealed]) -> dict[Sealed, str]:
        """See the port."""
        if list(sealed):
            await self.reach()
        return {}

    async def counted(self) -> AtSockets | None:
        """See the port."""
        return None

    async def reach(self) -> None:
        """There and back."""
        await reach_database(self._process)


class OpenFeed:
    """A feed that listens, and its lines."""

    def __init__(self, house: House, process: Process, feed: Feed, group: asyncio.TaskGroup) -> None:
        self._house, self._process, self._feed, self._group = house, process, feed, group
        self._lines: list[SimulatedLine] = []

    def connect(self, seat: bytes) -> tuple[SimulatedLine, Sight] | None:
        """A line to whoever sits there, and what that person sees; None: it is refused."""
        if self._process.is_gone or self._process.world.database_is_away(AWAY, self._process.name):
            return None
        line, person = SimulatedLine(self._process), self._house.people[seat]
        client = self._house.rules.client(line, person, seat, Sight.of(person))
        self._lines.append(line)
        self._group.create_task(self._feed.audience.attend(client))
        return line, client.sight

    def end(self) -> None:
        """The process is no more: whoever hears of it loses the line."""
        for line in self._lines:
            line.cut()


async def show(house: House, process: Process) -> None:
    """The process `feed`, from where the read models stand."""
    register = Register(house, process)
    await _until_there(register)
    board = house.desk.board()
    for partition in house.partitions:
        board.places.setdefault(partition, Place(partition))
    around = Around(
        record=house.reading(process),
        inbox=SimulatedInboxWatch(house, process, board.places),
        names=register,
        vault=register,
        sessions=register,
        receivers=register,
        now_us=process.now_us,
    )
    feed = Feed(board, house.rules.audience(board, process.name, house.rules.ring), around)
    async with asyncio.TaskGroup() as group:
        for work in feed.works():
            group.create_task(work)
        opened = house.feeds[process.name] = OpenFeed(house, process, feed, group)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            del house.feeds[process.name]
            opened.end()


async def _until_there(register: Register) -> None:
    while True:
        try:
            return await register.reach()
        except ConnectionResetError:
            await asyncio.sleep(AGAIN_S)

"""What a screen was shown while PostgreSQL could not tell names is shown again with them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from services.contracts.codec import digest
from services.contracts.stored import Actor, Sealed
from services.desk.adapters.feed_audience import Audience
from services.desk.adapters.websocket_feed import Client
from services.desk.domain.feed_board import Board, Sight
from services.desk.domain.reading_place import Place
from services.desk.feed import NOT_AGAIN_US, Around, Feed
from services.picture.alarm_view import Views
from services.picture.names import SiteName
from services.runtime.counting import Counted
from tests.unit.desk.test_said_to_everybody import Line
from tests.unit.picture.test_alarm_view import decision, raised

NAME = "福州一号库"
OPERATOR = Actor(id="1", roles=("operator",))


class Register:
    """`Names` that can be away."""

    def __init__(self) -> None:
        self.away = True

    async def names(self, sites: Iterable[str]) -> dict[str, SiteName]:
        if self.away:
            raise ConnectionRefusedError
        return {site: SiteName(NAME, None, None, "安居") for site in sites}


class Vault:
    """`Opening` of a house in which nobody wrote anything."""

    async def open(self, sealed: Iterable[Sealed]) -> dict[Sealed, str]:
        assert not list(sealed)
        return {}


class Waited(Line):
    """A connection of which one can wait for what is written next."""

    def __init__(self) -> None:
        super().__init__()
        self._came: asyncio.Queue[bytes] = asyncio.Queue()

    def write(self, frames: bytes) -> None:
        self._came.put_nowait(frames)

    async def next(self) -> str:
        async with asyncio.timeout(10):
            return (await self._came.get()).decode(errors="replace")  # frames have a head


async def test_a_name_that_could_not_be_told_with_the_alarm_is_told_when_the_register_answers() -> None:
    nobody: Any = None
    now = [1_000_000]
    board, register, line = Board(Views(), {0: Place(0, 0, log_id="log")}), Register(), Waited()
    audience = Audience(board, "run")
    around = Around(nobody, nobody, register, Vault(), nobody, nobody, lambda: now[0])
    feed = Feed(board, audience, around)
    audience.join(Client(line, OPERATOR, b"1", Sight.of(OPERATOR)))
    ticking = asyncio.ensure_future(feed.tick())
    try:
        assert "feed.snapshot" in await line.next()
        feed._take([raised_at(1, "alarm-1")])
        without = await line.next()
        assert "alarm-1" in without
        assert NAME not in without
        register.away = False
        now[0] += NOT_AGAIN_US
        again = await line.next()
        assert "feed.snapshot" in again
        assert NAME in again
        feed._take([raised_at(2, "alarm-2")])
        after = await line.next()
        assert "feed.alarm_changed" in after
        assert NAME in after
    finally:
        ticking.cancel()


def raised_at(offset: int, alarm: str) -> Counted:
    return Counted(0, offset, b"", decision(raised(alarm=alarm)), digest(alarm.encode()))

"""`feed.fanout`: CPU that telling one screen costs, beside `websockets.broadcast` of the same frames.

The feed's own audience, which encodes once for each sight and writes once for each tick, on real connections whose
other ends are in another process; the yardstick encodes once for each sight too and broadcasts each frame, by turns
with ours, to the same connections. What is counted is this process from the decision that is folded to the last write.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from itertools import cycle
from typing import cast

import msgspec
import websockets
from websockets.asyncio.server import ServerConnection, serve

from services.contracts.stored import Actor
from services.desk.adapters.feed_audience import Audience
from services.desk.adapters.websocket_feed import Client, WebsocketLine
from services.desk.domain.feed_board import Board, Happening, Sight, frames
from services.desk.domain.reading_place import Place
from services.desk.feed import TICK_SECONDS
from services.picture.alarm_view import Views
from services.picture.names import Reading
from services.runtime.clock import now_us
from services.runtime.settings import Address
from services.station.bench.broker import Bench
from services.station.bench.desk_project import past
from services.station.bench.dropping import dropping_screens
from services.station.bench.figure import Figure, percentile
from services.station.bench.workload import BUREAU
from services.station.errors import StationError

NAME = "feed.fanout"
SCREENS = 100
TICKS = 100  # of each kind, ours and the yardstick's by turns
RUSH = 50  # changes that a tick gathers at 1,000 a second
SEEN_S = 30.0
NOBODY_NAMED = Reading({}, {})
PEOPLE = (
    Actor(id="operator", roles=("operator",)),
    Actor(id="inspector", roles=("inspector",)),
    Actor(id="police", roles=("police",), bureau=BUREAU),
)


class Ticks(msgspec.Struct):
    """CPU microseconds for a screen in each tick, ours and broadcast; and milliseconds that ours took in all."""

    ours: list[float] = []
    broadcast: list[float] = []
    took_ms: list[float] = []


async def feed_fanout(bench: Bench) -> list[Figure]:
    """With one change in a tick, and with fifty; and how much of a tick the latter takes."""
    ticks = TICKS // 10 if bench.quick else TICKS
    calm, rush = await fanned_out(SCREENS, ticks)
    return [
        _figure(NAME, calm),
        _figure(f"{NAME}.rush", rush),
        Figure(
            f"{NAME}.tick",
            percentile(rush.took_ms, 0.99),
            "ms, p99",
            "a tick",
            TICK_SECONDS * 1000,
            done=len(rush.took_ms),
        ),
    ]


def _figure(name: str, ticks: Ticks) -> Figure:
    ours, theirs = percentile(ticks.ours, 0.5), percentile(ticks.broadcast, 0.5)
    yardstick = "websockets.broadcast of each frame"
    return Figure(name, ours, "us/screen", yardstick, theirs, done=len(ticks.ours) * SCREENS)


async def fanned_out(screens: int, ticks: int) -> tuple[Ticks, Ticks]:
    """What ticks of one change and ticks of `RUSH` changes cost with so many screens."""
    board = Board(Views(), {0: Place(0)})
    audience = Audience(board, "bench")
    happened = _happenings(board, 2 * ticks * (1 + RUSH))
    async with _listening(audience) as feed, dropping_screens(feed, screens, ""):
        await _all_begun(audience, screens)
        calm = await _ticks(audience, happened, ticks, 1)
        rush = await _ticks(audience, happened, ticks, RUSH)
        if any(client.needs_first for client in audience.clients):
            raise StationError("no figure, a screen fell behind and was to get a fresh snapshot")
    return calm, rush


def _happenings(board: Board, count: int) -> list[Happening]:
    """Changes as the router's decisions make them."""
    taken = (board.take(one.partition, one.offset, one.head, one.decision) for one in past(2 * count + 1_000))
    return [one for one in taken if one is not None][:count]


@contextlib.asynccontextmanager
async def _listening(audience: Audience) -> AsyncIterator[Address]:
    """Everybody who comes is one of `PEOPLE`, by turns."""
    coming = cycle(PEOPLE)

    async def keep(connection: ServerConnection) -> None:
        person = next(coming)
        client = Client(WebsocketLine(connection), person, person.id.encode(), Sight.of(person))
        audience.join(client)
        await connection.wait_closed()
        audience.leave(client)

    async with serve(keep, "127.0.0.1", 0, compression=None) as server:
        yield Address("127.0.0.1", server.sockets[0].getsockname()[1])


async def _all_begun(audience: Audience, screens: int) -> None:
    """Everybody has the snapshot, so that what follows is told as changes."""
    async with asyncio.timeout(SEEN_S):
        while len(audience) < screens or any(client.needs_first for client in audience.clients):
            audience.prepare(now_us())
            audience.say([], NOBODY_NAMED, now_us())
            await asyncio.sleep(TICK_SECONDS)


async def _ticks(audience: Audience, happened: list[Happening], ticks: int, changes: int) -> Ticks:
    measured, screens = Ticks(), len(audience)
    for _ in range(ticks):
        ours, theirs = (_taken(happened, changes) for _ in range(2))
        audience.prepare(now_us())
        cpu_us, ms = _cost(partial(audience.say, ours, NOBODY_NAMED, now_us()))
        measured.ours.append(cpu_us / screens)
        measured.took_ms.append(ms)
        await _all_took(audience)
        cpu_us, _ = _cost(partial(_broadcast, audience, theirs))
        measured.broadcast.append(cpu_us / screens)
        await _all_took(audience)
    return measured


def _taken(happened: list[Happening], count: int) -> list[Happening]:
    taken = happened[:count]
    del happened[:count]
    return taken


def _cost(say: Callable[[], None]) -> tuple[float, float]:
    """CPU microseconds and milliseconds."""
    cpu, began = time.process_time(), time.perf_counter()
    say()
    return (time.process_time() - cpu) * 1e6, (time.perf_counter() - began) * 1e3


async def _all_took(audience: Audience) -> None:
    """At least the rest of a tick, and until nothing is under way."""
    async with asyncio.timeout(SEEN_S):
        await asyncio.sleep(TICK_SECONDS)
        while any(client.line.waiting for client in audience.clients):
            await asyncio.sleep(TICK_SECONDS)


def _broadcast(audience: Audience, happened: Sequence[Happening]) -> None:
    """What the feed would do with the library's own means."""
    of_sight: dict[Sight, list[ServerConnection]] = {}
    for client in audience.clients:
        of_sight.setdefault(client.sight, []).append(cast("WebsocketLine", client.line).connection)
    for sight, connections in of_sight.items():
        for one in happened:
            for frame in frames(one, sight, NOBODY_NAMED):
                websockets.broadcast(connections, msgspec.json.encode(frame).decode())

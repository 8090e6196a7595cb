"""The feed loses nothing and says nothing twice: broken connections, slow clients, moved scopes, a restart."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg
import msgspec
import pytest
from websockets.asyncio.client import connect

from services.contracts import alarm as a
from services.contracts.stored import Actor, Sealed
from services.contracts.views import AlarmChanged, AlarmView, Beat, EscalationView, Resumed, Snapshot
from services.desk.adapters import websocket_feed
from services.desk.domain.feed_ring import Ring
from services.replay.domain.picture_hash import picture_hash
from tests.integration.desk.conftest import open_feed, projecting
from tests.integration.desk.screen import FRAME, Screen, as_, frame
from tests.integration.desk.stand_in import PARTITION, raised

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.contracts.envelope import Event
    from tests.integration.desk.conftest import DecisionLog, OpenFeed, World

BY = Actor(id="operator-1", roles=("operator",), provider="p1")
POLICE = Actor(id="police-1", roles=("police",), bureau="b1")
KILLS = 50
CHANCE = 20_011
ADOPTED: dict[str, Any] = {"site": "site", "site_class": "other", "division": "1", "registry_position": 2}


def a_life(number: int) -> list[tuple[Event, ...]]:
    """Decisions about one alarm; some change several views at one offset, and every third leaves it open."""
    alarm, escalation = f"n{number}", f"m{number}"
    life: list[tuple[Event, ...]] = [
        (raised(alarm), raised(f"{alarm}-twin", class_="fire")),
        (a.AlarmClaimed(alarm=alarm, by=BY), a.ClaimFellDue(alarm=f"{alarm}-twin")),
        (a.AlarmEscalated(alarm=alarm, escalation=escalation, bureau="b1", by=BY),),
        (a.EscalationSignedFor(alarm=alarm, escalation=escalation, by=POLICE),),
    ]
    if number % 3:
        life.append((a.AlarmClosed(alarm=alarm, by=BY, reason=Sealed(key="k", box=b"")),))
    return life


async def write_on(log: DecisionLog, stop: asyncio.Event, chance: random.Random) -> None:
    """Decide without end, a few at a time."""
    number = 0
    due: list[tuple[Event, ...]] = []
    while not stop.is_set():
        while len(due) < 12:
            due += a_life(number)
            number += 1
        count = chance.randint(1, 8)
        await log.append_many([(f"run/default/1/{number}-{at}", one) for at, one in enumerate(due[:count])])
        due = due[count:]
        await asyncio.sleep(chance.random() * 0.05)


async def rows_of(world: World, end: int) -> tuple[list[AlarmView], list[EscalationView]]:
    """What the projector wrote, once it has reached the end: open alarms and all escalations."""
    connection = await asyncpg.connect(world.settings.postgres)
    try:
        async with asyncio.timeout(60):
            while (
                await connection.fetchval(
                    'select "offset" from desk_2.position where partition = $1', PARTITION
                )
                != end
            ):
                await asyncio.sleep(0.05)
        alarms = await connection.fetch("select view::text from desk_2.alarm where state = 'open'")
        escalations = await connection.fetch("select view::text from desk_2.escalation")
    finally:
        await connection.close()
    return (
        [msgspec.json.decode(row[0], type=AlarmView) for row in alarms],
        [msgspec.json.decode(row[0], type=EscalationView) for row in escalations],
    )


@pytest.fixture
def _heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine too a screen is heard before it is answered."""
    monkeypatch.setattr(websocket_feed, "FIRST_WORDS_SECONDS", 3.0)


@pytest.mark.usefixtures("_heard")
async def test_a_screen_cut_off_fifty_times_shows_what_the_rows_show(
    feed: OpenFeed, world: World, log: DecisionLog
) -> None:
    chance, stop = random.Random(CHANCE), asyncio.Event()
    screen = Screen(feed.address, "operator-1")
    async with projecting(world):
        writing = asyncio.ensure_future(write_on(log, stop, chance))
        for _ in range(KILLS):
            await asyncio.wait_for(screen.watch(frames=chance.randint(1, 40)), 60)
            await asyncio.sleep(chance.random() * 0.1)
        stop.set()
        await writing
        end = await log.append("last", raised("the-last"))
        await asyncio.wait_for(_until_reached(screen, end), 60)
        alarms, escalations = await rows_of(world, end)
    assert picture_hash(screen.open_alarms(), screen.picture.escalations.values()) == picture_hash(
        alarms, escalations
    )
    assert len(alarms) > 10 and len(escalations) > 10
    assert (screen.snapshots, screen.resumptions) == (1, KILLS)
    assert all(view.site_name == "中心花园" for view in screen.picture.alarms.values())


async def _until_reached(screen: Screen, end: int) -> None:
    stop = asyncio.Event()
    watching = asyncio.ensure_future(screen.watch(stop))
    while screen.picture.positions[PARTITION].offset < end:
        await asyncio.sleep(0.02)
    stop.set()
    await watching


@pytest.mark.usefixtures("_heard")
async def test_what_was_missed_is_said_once(feed: OpenFeed, log: DecisionLog) -> None:
    screen = Screen(feed.address, "operator-1")
    await screen.watch(frames=2)
    for number in range(5):
        await log.append(f"run/default/1001/{number + 2}", raised(f"missed-{number}"))
    await asyncio.wait_for(_until_reached(screen, 6), 60)
    assert (screen.snapshots, screen.resumptions) == (1, 1)
    assert screen.said == {(f"missed-{number}", number + 2): 1 for number in range(5)}


async def test_a_beat_never_runs_ahead_of_what_was_said(feed: OpenFeed, log: DecisionLog) -> None:
    async with connect(feed.address, **as_("operator-1")) as client:
        await frame(client, Snapshot)
        writing = asyncio.ensure_future(write_many(log, 3000, at_once=200))
        said = 1
        while said < 3001:
            one = FRAME.decode(await asyncio.wait_for(client.recv(), 60))
            if isinstance(one, AlarmChanged):
                assert one.offset == said + 1
                said = one.offset
            elif isinstance(one, Beat):
                assert one.positions[PARTITION].offset <= said
        await writing


async def test_a_picture_of_another_log_or_of_long_ago_begins_anew(
    feed: OpenFeed, log: DecisionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ring, "most", 3)
    screen = Screen(feed.address, "operator-1")
    await screen.watch(frames=2)
    before = dict(screen.picture.positions)
    other = {p: msgspec.structs.replace(one, log_id="another") for p, one in before.items()}
    ahead = {p: msgspec.structs.replace(one, offset=one.offset + 1000) for p, one in before.items()}
    some = dict(list(before.items())[:3])
    for positions in (other, ahead, some):
        screen.picture.positions = positions
        await screen.watch(frames=1)
    assert (screen.snapshots, screen.resumptions) == (4, 0)
    await log.append_many([(f"run/default/2/{n}", (raised(f"x{n}"),)) for n in range(5)])
    async with asyncio.timeout(60):
        while feed.feed.audience.told[PARTITION].offset < 6:
            await asyncio.sleep(0.01)
    screen.picture.positions = before
    await screen.watch(frames=1)
    assert (screen.snapshots, len(screen.picture.alarms)) == (5, 6)


async def test_a_feed_that_was_restarted_and_somebody_elses_picture_begin_anew(
    feed: OpenFeed, world: World
) -> None:
    screen = Screen(feed.address, "operator-1")
    await screen.watch(frames=2)
    async with connect(feed.address, **as_("supervisor-1")) as client:
        words = msgspec.json.encode(screen.picture.resume())
        await client.send(words.decode())
        assert isinstance(await frame(client, Snapshot | Resumed), Snapshot)  # type: ignore[arg-type]  # isinstance takes it
    async with open_feed(world) as another:
        screen._address = another.address
        await screen.watch(frames=1)
    assert (screen.snapshots, screen.resumptions) == (2, 0)


async def test_words_that_are_none_bring_a_snapshot(feed: OpenFeed) -> None:
    for words in ("hello", "{}", '{"type":"feed.resume.v1","positions":[]}', b"\xff"):
        async with connect(feed.address, **as_("operator-1")) as client:
            await client.send(words)
            await frame(client, Snapshot)


async def test_what_leaves_a_scope_leaves_the_screen(feed: OpenFeed, log: DecisionLog) -> None:
    unknown = raised("shell", subject="shell", site_known=False, provider=None, bureau=None)
    await log.append("run/default/9/1", unknown)
    async with connect(feed.address, **as_("inspector-1")) as client:
        screen = Screen(feed.address, "inspector-1")
        screen.fold(await frame(client, Snapshot))
        assert set(screen.picture.alarms) == {"alarm-1", "shell"}
        adopted = a.AlarmAdopted(alarm="shell", **{**ADOPTED, "provider": "p2", "bureau": "b2"})
        await log.append("registry/2", adopted)
        screen.fold(await frame(client, Snapshot))
    assert set(screen.picture.alarms) == {"alarm-1"}


async def test_what_enters_a_scope_enters_the_screen(feed: OpenFeed, log: DecisionLog) -> None:
    unknown = raised("shell", subject="shell", site_known=False, provider=None, bureau=None)
    await log.append("run/default/9/1", unknown)
    async with connect(feed.address, **as_("operator-1")) as client:
        await frame(client, Snapshot)
        adopted = a.AlarmAdopted(alarm="shell", **{**ADOPTED, "provider": "p1", "bureau": "b1"})
        await log.append("registry/2", adopted)
        changed = await frame(client, AlarmChanged)
    assert (changed.alarm.id, changed.alarm.site_name) == ("shell", "中心花园")


async def test_a_client_that_does_not_read_costs_bounded_memory_and_disturbs_nobody(
    feed: OpenFeed, log: DecisionLog
) -> None:
    frames = 12_000
    place = urlsplit(feed.address)
    slow_socket = socket.socket()
    slow_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow_socket.connect((place.hostname, place.port))
    slow_socket.settimeout(0)
    async with (
        connect(feed.address, **as_("operator-2", sock=slow_socket, max_queue=1, max_size=None)) as slow,
        connect(feed.address, **as_("operator-1", max_size=None)) as quick,
    ):
        await frame(quick, Snapshot)
        most = 0
        seen = 0
        (held,) = [one for one in feed.feed.audience.clients if one.person.id == "operator-2"]
        writing = asyncio.ensure_future(write_many(log, frames, taken=lambda: seen))
        while seen < frames:
            one = FRAME.decode(await asyncio.wait_for(quick.recv(), 60))
            assert not isinstance(one, Snapshot)
            seen += isinstance(one, AlarmChanged)
            most = max(most, held.line.waiting)
        await writing
        assert held.needs_first
        assert 0 < most <= websocket_feed.FULL + 10_000
        shown: set[str] = set()
        async with asyncio.timeout(60):
            while len(shown) < frames + 1:
                caught_up = FRAME.decode(await slow.recv())
                if isinstance(caught_up, Snapshot):
                    shown = {view.id for view in caught_up.alarms}
        slow.transport.abort()
    with contextlib.suppress(OSError):
        slow_socket.close()


async def write_many(
    log: DecisionLog, count: int, *, at_once: int = 500, taken: Callable[[], int] | None = None
) -> None:
    """One alarm in each decision, in batches with a breath between them; `taken`: by who shall not fall behind by two."""
    for first in range(0, count, at_once):
        while taken is not None and taken() < first - at_once:
            await asyncio.sleep(0.01)
        many = [(f"run/default/3/{n}", (raised(f"y{n}"),)) for n in range(first, first + at_once)]
        await log.append_many(many)
        await asyncio.sleep(0.05)

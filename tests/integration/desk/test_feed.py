"""The feed over a real websocket: snapshot, changes, beat, and who is let in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from services.contracts.alarm import AlarmEscalated
from services.contracts.stored import Actor
from services.contracts.topics import partition_of
from services.contracts.views import AlarmChanged, Beat, EscalationChanged, FeedFrame, Snapshot
from services.desk import feed_worker
from tests.integration.desk.test_desk_over_http import raised, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.client import ClientConnection

    from tests.integration.desk.conftest import DecisionLog, World

PARTITION = partition_of("site")
FRAME: msgspec.json.Decoder[FeedFrame] = msgspec.json.Decoder(FeedFrame)


@pytest.fixture
async def log(world: World) -> DecisionLog:
    log = world.log(PARTITION)
    await log.begin()
    await log.append("run/default/1001/1", raised())
    return log


@pytest.fixture
async def address(world: World, log: DecisionLog, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr(feed_worker, "LOOK_AGAIN_SECONDS", 0.2)
    async with asyncpg.create_pool(world.settings.postgres, min_size=1, max_size=4) as pool:
        feed = await feed_worker.open_feed(world.settings, pool, events=world.events, inbox=world.inbox)
        async with running(*feed.works()):
            server = await feed_worker.start(feed, world.settings)
            while not feed.reading:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            server.close()
            await server.wait_closed()


def as_(role: str, **more: str) -> dict[str, Any]:
    return {"additional_headers": {"Cookie": f"jiejing_session=cookie-{role}"}, **more}


async def frame(client: ClientConnection, kind: type) -> Any:
    async with asyncio.timeout(5):
        while not isinstance(one := FRAME.decode(await client.recv()), kind):
            pass
    return one


async def test_an_operator_sees_what_is_open_and_what_changes(address: str, log: DecisionLog) -> None:
    async with connect(f"ws://{address}/v1/feed", **as_("operator")) as client:
        snapshot = await frame(client, Snapshot)
        assert [alarm.site_name for alarm in snapshot.alarms] == ["中心花园"]
        at = await log.append(
            "run/default/1001/2", raised("alarm-2"), raised("alarm-of-others", provider="p2")
        )
        changed = await frame(client, AlarmChanged)
        assert (changed.partition, changed.offset, changed.log_id) == (PARTITION, at, "log-1")
        assert changed.alarm.id == "alarm-2"
        beat = await frame(client, Beat)
        assert beat.behind_ms == 0
        assert len(beat.positions) == 12


async def test_the_police_see_escalations_only(address: str, log: DecisionLog) -> None:
    async with connect(f"ws://{address}/v1/feed", **as_("police")) as client:
        snapshot = await frame(client, Snapshot)
        assert snapshot.alarms == ()
        by = Actor(id="operator-1", roles=("operator",))
        await log.append("c1", AlarmEscalated(alarm="alarm-1", escalation="e1", bureau="b1", by=by))
        changed = FRAME.decode(await client.recv())
        while isinstance(changed, Beat):
            changed = FRAME.decode(await client.recv())
        assert isinstance(changed, EscalationChanged)
        assert changed.escalation.id == "e1"


async def test_strangers_and_foreign_pages_stay_out(address: str) -> None:
    for headers, status in (
        ({}, 401),
        (as_("operator", origin="http://evil.example"), 403),
        (as_("nobody"), 401),
    ):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{address}/v1/feed", **headers)
        assert refused.value.response.status_code == status
    async with connect(
        f"ws://{address}/v1/feed", **as_("operator", origin="http://127.0.0.1:8080")
    ) as client:
        await frame(client, Snapshot)


async def test_an_ended_session_is_closed(address: str, world: World) -> None:
    async with connect(f"ws://{address}/v1/feed", **as_("operator")) as client:
        await frame(client, Snapshot)
        connection = await asyncpg.connect(world.settings.postgres)
        await connection.execute("delete from identity_api.session where person_id = 'operator-1'")
        await connection.close()
        with pytest.raises(ConnectionClosed) as closed:
            await frame(client, Snapshot)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == feed_worker.SESSION_ENDED

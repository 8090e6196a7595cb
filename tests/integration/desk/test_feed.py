"""The feed over a real websocket: snapshot, changes, beat, and who is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from services.contracts.alarm import AlarmEscalated
from services.contracts.stored import Actor
from services.contracts.views import AlarmChanged, Beat, EscalationChanged, Snapshot
from services.desk.feed import SESSION_ENDED
from tests.integration.desk.screen import FRAME, as_, frame
from tests.integration.desk.stand_in import PARTITION, raised

if TYPE_CHECKING:
    from tests.integration.desk.conftest import DecisionLog, OpenFeed, World


async def test_an_operator_sees_what_is_open_and_what_changes(feed: OpenFeed, log: DecisionLog) -> None:
    async with connect(feed.address, **as_("operator-1")) as client:
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


async def test_the_police_see_escalations_only(feed: OpenFeed, log: DecisionLog) -> None:
    async with connect(feed.address, **as_("police-1")) as client:
        snapshot = await frame(client, Snapshot)
        assert snapshot.alarms == ()
        by = Actor(id="operator-1", roles=("operator",))
        await log.append("c1", AlarmEscalated(alarm="alarm-1", escalation="e1", bureau="b1", by=by))
        changed = FRAME.decode(await client.recv())
        while isinstance(changed, Beat):
            changed = FRAME.decode(await client.recv())
        assert isinstance(changed, EscalationChanged)
        assert changed.escalation.id == "e1"


async def test_strangers_and_foreign_pages_stay_out(feed: OpenFeed) -> None:
    for headers, status in (
        ({}, 401),
        (as_("operator-1", origin="http://evil.example"), 403),
        (as_("nobody"), 401),
    ):
        with pytest.raises(InvalidStatus) as refused:
            await connect(feed.address, **headers)
        assert refused.value.response.status_code == status
    async with connect(feed.address, **as_("operator-1", origin="http://127.0.0.1:8080")) as client:
        await frame(client, Snapshot)


async def test_an_ended_session_is_closed(feed: OpenFeed, world: World) -> None:
    async with connect(feed.address, **as_("operator-1")) as client:
        await frame(client, Snapshot)
        connection = await asyncpg.connect(world.settings.postgres)
        await connection.execute("delete from identity.session where person = 'operator-1'")
        await connection.close()
        with pytest.raises(ConnectionClosed) as closed:
            await frame(client, Snapshot)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == SESSION_ENDED

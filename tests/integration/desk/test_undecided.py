"""A partition stops: its raw signals are on the screens within five seconds, are worked by telephone, and go again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.asyncio.client import connect

from services.contracts.codec import decode_inbox, encode
from services.contracts.reports import TypedWhileUndecided
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.contracts.views import Beat, Snapshot, UndecidedChanged
from services.runtime.clock import now_us
from services.runtime.kafka_event_log import KafkaEventLog
from tests.integration.desk.conftest import open_web
from tests.integration.desk.screen import as_, frame
from tests.integration.desk.stand_in import PARTITION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.desk.conftest import DecisionLog, OpenFeed, World

LANE_SECONDS = 60  # it opens after five; a busy machine is late, not wrong


def signal(counter: int, subject: str = "site", code: str = "121") -> bytes:
    now = now_us()
    return encode(
        SignalReceived(
            id=SignalId(run="run", line="default/1001", counter=counter),
            sender="ingest",
            sent_at=now,
            received_at=now,
            subject=subject,
            protocol="adm_cid",
            account_space="default",
            account="1001",
            code=code,
        )
    )


# In the order of their offsets: what raised the open alarm and was decided, own site, foreign site, nobody's site, of a younger version, no record at all, a tick.
INBOX_RECORDS = (
    signal(0, code="130"),
    signal(1),
    signal(2, "site-2", "130"),
    signal(3, "shell", "130"),
    b'{"type":"signal.received.v9","account":"77","subject":"site"}',
    b"\xff\xfe",
    b'{"type":"tick.v1","sender":"router","sent_at":1}',
)
DURESS, FOREIGN, NOBODYS, YOUNGER, GARBAGE, TICK = range(1, 7)


@pytest.fixture
async def stopped(world: World, log: DecisionLog) -> World:
    """Nobody decides what waits in the inbox."""
    inbox = KafkaEventLog(world.settings.kafka, world.inbox, PARTITION)
    writer = await inbox.open_writer()
    await writer.append(INBOX_RECORDS)
    await writer.close()
    return world


@pytest.fixture
async def idle_web(world: World, log: DecisionLog, stopped: World) -> AsyncIterator[httpx.AsyncClient]:
    async with open_web(world) as client:
        yield client


def cookie(person: str) -> dict[str, str]:
    return {"cookie": f"jiejing_session=cookie-{person}"}


async def test_the_lane_comes_when_nothing_is_decided_and_goes_when_it_was(
    feed: OpenFeed, log: DecisionLog, world: World
) -> None:
    async with (
        connect(feed.address, **as_("operator-1")) as operator,
        connect(feed.address, **as_("supervisor-1")) as centre,
        connect(feed.address, **as_("police-1")) as police,
    ):
        for client in (operator, centre, police):
            await frame(client, Snapshot)
        writer = await KafkaEventLog(world.settings.kafka, world.inbox, PARTITION).open_writer()
        await writer.append(INBOX_RECORDS)
        lane = await frame(operator, UndecidedChanged, LANE_SECONDS)
        assert (lane.partition, [one.offset for one in lane.signals]) == (PARTITION, [DURESS, YOUNGER])
        first, younger = lane.signals
        assert (first.site_name, first.class_, first.code, first.account) == (
            "中心花园",
            "duress",
            "121",
            "1001",
        )
        assert (younger.class_, younger.code, younger.account) == ("malformed", "?", "77")
        seen = await frame(centre, UndecidedChanged, LANE_SECONDS)
        assert [one.offset for one in seen.signals] == [DURESS, FOREIGN, NOBODYS, YOUNGER, GARBAGE]
        assert (await frame(police, UndecidedChanged, LANE_SECONDS)).signals == ()
        beat = await frame(operator, Beat)
        assert [(one.partition, one.waiting) for one in beat.stopped] == [(PARTITION, 5)]
        assert beat.behind_ms > 4000
        async with connect(feed.address, **as_("operator-1")) as late:
            snapshot = await frame(late, Snapshot)
            assert [one.offset for one in snapshot.undecided] == [DURESS, YOUNGER]
            assert len(snapshot.stopped) == 1
        await log.append("run/default/1001/3", source=NOBODYS)
        assert [one.offset for one in (await frame(operator, UndecidedChanged)).signals] == [YOUNGER]
        await log.append("mended", source=GARBAGE)
        assert (await frame(operator, UndecidedChanged)).signals == ()
        async with asyncio.timeout(LANE_SECONDS):
            while (await frame(operator, Beat)).stopped:
                pass
        await writer.close()


async def test_the_lane_is_listed_and_scoped_over_http(idle_web: httpx.AsyncClient) -> None:
    shown = await until_listed(idle_web, "operator-1")
    assert [one["offset"] for one in shown["items"]] == [DURESS, YOUNGER]
    assert (shown["items"][0]["site_name"], shown["items"][0]["class"]) == ("中心花园", "duress")
    assert [(one["partition"], one["waiting"]) for one in shown["stopped"]] == [(PARTITION, 5)]
    everything = (await idle_web.get("/api/undecided", headers=cookie("supervisor-1"))).json()
    assert len(everything["items"]) == 5
    none = (await idle_web.get("/api/undecided", headers=cookie("police-1"))).json()
    assert none["items"] == []


async def until_listed(web: httpx.AsyncClient, person: str) -> dict[str, list[dict[str, object]]]:
    async with asyncio.timeout(LANE_SECONDS):
        while True:
            answer: dict[str, list[dict[str, object]]] = (
                await web.get("/api/undecided", headers=cookie(person))
            ).json()
            if answer["stopped"]:
                return answer
            await asyncio.sleep(0.1)


async def test_what_is_typed_is_kept_and_decided_later(
    idle_web: httpx.AsyncClient, world: World, log: DecisionLog
) -> None:
    at = f"/api/undecided/{PARTITION}/{DURESS}/note"
    typed = await idle_web.post(at, json={"note": "已电话核实"}, headers=cookie("operator-1"))
    assert typed.status_code == 202, typed.text
    inbox = KafkaEventLog(world.settings.kafka, world.inbox, PARTITION)
    (record,) = await inbox.read(len(INBOX_RECORDS), most=1, wait_s=5)
    await inbox.close()
    kept = decode_inbox(record.value)
    assert isinstance(kept, TypedWhileUndecided)
    assert (kept.source, kept.subject, kept.by.id) == (DURESS, "site", "operator-1")
    assert typed.json() == {"ticket": f"/api/tickets/{PARTITION}/{kept.id}"}
    assert "已电话核实".encode() not in record.value
    assert (await idle_web.get(typed.json()["ticket"], headers=cookie("operator-1"))).status_code == 202
    await log.append(kept.id, source=record.offset)
    async with asyncio.timeout(LANE_SECONDS):
        while (await idle_web.get(typed.json()["ticket"], headers=cookie("operator-1"))).status_code != 200:
            await asyncio.sleep(0.05)


NOTES = (
    ("operator-1", FOREIGN, 404),
    ("operator-1", 999, 404),
    ("operator-1", TICK, 404),
    ("engineer-1", DURESS, 403),
    ("police-1", DURESS, 403),
    ("supervisor-1", GARBAGE, 202),
)


async def test_a_note_needs_a_signal_that_one_sees_and_works_on(idle_web: httpx.AsyncClient) -> None:
    for person, offset, status in NOTES:
        at = f"/api/undecided/{PARTITION}/{offset}/note"
        answer = await idle_web.post(at, json={"note": "电话无人接听"}, headers=cookie(person))
        assert answer.status_code == status, (person, offset, answer.text)

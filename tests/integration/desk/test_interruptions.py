"""Interruptions through the real stores: a signal, the router, the read model, the lists of operators and regulators."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import genesis
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts.codec import encode
from services.contracts.topics import partition_of
from services.desk.adapters.postgres_interruptions import PostgresInterruptionWriter
from services.desk.book_reader import read_into
from services.law.shelf import shipped
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from tests.integration.desk.conftest import open_web
from tests.integration.desk.test_with_the_router import Inbox, Unwatched, as_

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpx

    from tests.integration.desk.conftest import World

PARTITION = partition_of("site")
QINHUANGDAO = "130302"
HOUR = 3_600_000_000
LAW = msgspec.structs.replace(shipped(), settle_us=300_000)  # the record carries when it settles


@pytest.fixture
async def inbox(world: World) -> Inbox:
    writer = await KafkaEventLog(world.settings.kafka, world.events, PARTITION).open_writer()
    await writer.append([encode(genesis(PARTITION, uuid7(), now_us(), "test"))])
    await writer.close()
    inbox = Inbox(world)
    await inbox.provider(1, "site")
    await inbox.site(2, "site", division=QINHUANGDAO)
    return inbox


@pytest.fixture
async def web(world: World, inbox: Inbox) -> AsyncIterator[httpx.AsyncClient]:
    logs = [KafkaEventLog(world.settings.kafka, topic, PARTITION) for topic in (world.inbox, world.events)]
    router = PartitionWorker(
        PARTITION,
        inbox=logs[0],
        events=logs[1],
        clock=now_us,
        watcher=Unwatched(),
        code="test",
        company=Company(),
        snapshots=MemorySnapshots(),
        law=LAW,
    )
    projecting = read_into(PostgresInterruptionWriter, world.settings, topic=world.events)
    async with contextlib.AsyncExitStack() as closing:
        for log in logs:
            closing.push_async_callback(log.close)
        async with open_web(world, router.run(), projecting) as client:
            yield client


async def seen(
    web: httpx.AsyncClient, person: str, query: str = "", *, until: Callable[[list[Any]], bool] = bool
) -> list[dict[str, Any]]:
    """The list, as soon as it looks so."""
    async with asyncio.timeout(20):
        while True:
            items: list[dict[str, Any]] = (
                await web.get(f"/api/interruptions{query}", headers=as_(person))
            ).json()["items"]
            if until(items):
                return items
            await asyncio.sleep(0.05)


def work(**what: Any) -> dict[str, Any]:
    now = now_us()
    return {"kind": "maintenance", "from_us": now - HOUR, "until_us": now + HOUR, **what}


async def test_a_power_cut_becomes_a_lead_that_the_regulator_sees_with_its_article(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    await inbox.signal("site", "1001", code="301", zone="0")
    (lead,) = await seen(web, "inspector-1", "?kind=lead")
    assert lead["site_name"] == "中心花园"
    assert [(one["pack"], one["article"], one["clause"]) for one in lead["judged"]["candidates"]] == [
        ("QHD-2018", "19", "4")
    ]
    assert [fact["fact"] for fact in lead["facts"]] == ["power"]
    detail = (await web.get(f"/api/interruptions/{lead['id']}", headers=as_("inspector-1"))).json()
    assert [one["type"] for one in detail["events"]] == ["interruption.began.v1", "interruption.settled.v1"]
    assert await seen(web, "operator-1", "?kind=lead") == await seen(web, "inspector-1", "?kind=lead")


async def test_it_is_restored_and_leaves_the_list_of_what_goes_on(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    await inbox.signal("site", "1001", code="AT", zone="2")
    (one,) = await seen(web, "operator-1", "?state=open&site=site")
    await inbox.signal("site", "1001", code="AR", zone="2")
    (restored,) = await seen(web, "operator-1", "?state=restored")
    assert restored["id"] == one["id"]
    assert restored["facts"][0]["restored_at"] == restored["restored_at"] > restored["received_at"]
    assert await seen(web, "operator-1", "?state=open", until=lambda items: not items) == []


async def test_the_list_at_an_instant_shows_what_was_known_then(web: httpx.AsyncClient, inbox: Inbox) -> None:
    await inbox.signal("site", "1001", code="AT", zone="2")
    (lead,) = await seen(web, "inspector-1", "?kind=lead")
    opened = await web.post("/api/sites/site/maintenance-windows", json=work(), headers=as_("supervisor-1"))
    window = opened.json()["events"][-1]["window"]
    await inbox.signal("site", "1001", code="AR", zone="2")
    (restored,) = await seen(web, "inspector-1", "?state=restored")
    told = (await web.get(f"/api/interruptions/{lead['id']}", headers=as_("inspector-1"))).json()["events"]
    began, settled, over = (
        next(one["time"] for one in told if one["type"] == f"interruption.{what}.v1")
        for what in ("began", "settled", "restored")
    )

    async def then(at: int, query: str = "") -> list[dict[str, Any]]:
        answer = await web.get(f"/api/interruptions?at={at}&limit=1{query}", headers=as_("inspector-1"))
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    assert await then(began - 1) == []
    (first,) = await then(began)
    assert (first["judged"], first["restored_at"], first["facts"][0]["afterwards"]) == (None, None, [])
    assert await then(settled - 1, "&kind=lead") == []
    (judged,) = await then(settled, "&kind=lead&state=open")
    assert judged["judged"] == lead["judged"]
    assert judged["restored_at"] is None
    assert judged["facts"][0]["afterwards"] == []
    (late,) = await then(over - 1)
    assert (late["facts"][0]["afterwards"], late["restored_at"]) == ([window], None)
    assert await then(over, "&state=open") == []
    assert await then(over, "&state=restored") == [restored]


async def test_who_does_not_see_the_site_sees_none_of_it(web: httpx.AsyncClient, inbox: Inbox) -> None:
    await inbox.signal("site", "1001", code="301", zone="0")
    (one,) = await seen(web, "supervisor-1")
    for stranger in ("operator-3", "police-1", "administrator-1"):
        assert await seen(web, stranger, until=lambda items: not items) == []
        answer = await web.get(f"/api/interruptions/{one['id']}", headers=as_(stranger))
        assert answer.status_code == 404


async def test_work_said_beforehand_covers_what_comes_and_ends(web: httpx.AsyncClient, inbox: Inbox) -> None:
    at = "/api/sites/site/maintenance-windows"
    opened = await web.post(at, json=work(note="换电池"), headers=as_("engineer-1"))
    assert opened.status_code == 200, opened.text
    window = opened.json()["events"][-1]["window"]
    await inbox.signal("site", "1001", code="AT", zone="2")
    (one,) = await seen(web, "operator-1")
    assert one["facts"][0]["covered_by"] == window
    listed = (await web.get("/api/maintenance-windows?site=site", headers=as_("supervisor-1"))).json()
    assert [(item["id"], item["note"], item["site_name"]) for item in listed["items"]] == [
        (window, "换电池", "中心花园")
    ]
    ended = await web.post(f"/api/maintenance-windows/{window}/end", headers=as_("supervisor-1"))
    assert ended.status_code == 200, ended.text
    for ticket in (opened.json()["ticket"], ended.json()["ticket"]):
        assert (await web.get(ticket, headers=as_("engineer-1"))).status_code == 200
        assert (await web.get(ticket, headers=as_("operator-3"))).status_code == 404
    again = (await web.get("/api/maintenance-windows", headers=as_("engineer-1"))).json()["items"]
    assert again[0]["ended_by"] == "supervisor-1"
    assert again[0]["note"] == ""  # an engineer sees that there is one


async def test_a_window_entered_afterwards_stands_beside_and_covers_nothing(
    web: httpx.AsyncClient, inbox: Inbox
) -> None:
    await inbox.signal("site", "1001", code="301", zone="0")
    await seen(web, "operator-1")
    opened = await web.post("/api/sites/site/maintenance-windows", json=work(), headers=as_("supervisor-1"))
    window = opened.json()["events"][-1]["window"]
    (one,) = await seen(web, "inspector-1", "?kind=lead")
    assert (one["facts"][0]["covered_by"], one["facts"][0]["afterwards"]) == (None, [window])


@pytest.mark.parametrize(
    ("person", "site", "body", "status", "problem"),
    [
        ("operator-1", "site", {}, 409, "role.missing"),
        ("operator-3", "site", {}, 404, "not_found"),
        ("engineer-1", "site-2", {}, 404, "not_found"),
        ("police-1", "site", {}, 404, "not_found"),
        ("supervisor-1", "site", {"until_us": 1}, 409, "window.times"),
        ("supervisor-1", "site", {"kind": "municipal_works"}, 409, "window.documents_needed"),
        ("supervisor-1", "site", {"kind": "holiday"}, 422, ""),
        ("supervisor-1", "site", {"facts": ["arson"]}, 422, ""),
    ],
)
async def test_what_may_not_be_is_refused_in_words(  # noqa: PLR0913 - the columns of a table
    web: httpx.AsyncClient, person: str, site: str, body: dict[str, Any], status: int, problem: str
) -> None:
    answer = await web.post(f"/api/sites/{site}/maintenance-windows", json=work(**body), headers=as_(person))
    assert answer.status_code == status, answer.text
    if problem:
        assert answer.json()["type"] == f"urn:jiejing:{problem}"
        assert answer.json()["what_to_do"]


async def test_every_look_is_written_down(web: httpx.AsyncClient, world: World, inbox: Inbox) -> None:
    await inbox.signal("site", "1001", code="301", zone="0")
    (one,) = await seen(web, "inspector-1")
    await web.get(f"/api/interruptions/{one['id']}", headers=as_("inspector-1"))
    connection = await asyncpg.connect(world.settings.postgres)
    try:
        rows = await connection.fetch("select action, subject from audit.access where person = 'inspector-1'")
    finally:
        await connection.close()
    assert ("interruption.read", one["id"]) in {tuple(row) for row in rows}
    assert "interruption.list" in {row["action"] for row in rows}


async def test_the_words_of_the_articles_are_there_and_no_penalty(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/law", headers=as_("inspector-1"))
    packs = {pack["id"]: pack for pack in answer.json()["items"]}
    assert packs["QHD-2018"]["zh"] == "秦皇岛市公共安全技术防范管理办法"
    assert "罚款" not in answer.text

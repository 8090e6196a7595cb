"""Alarms, acts and tickets over HTTP on real Kafka and PostgreSQL; decisions by a stand-in for the router."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.contracts.alarm import AlarmClaimed, AlarmClosed, AlarmEscalated, AlarmRaised, AlarmVerified
from services.contracts.codec import decode_inbox, encode
from services.contracts.commands import ClaimAlarm, CloseAlarm, EscalateAlarm, SignForEscalation, VerifyAlarm
from services.contracts.directory import Filing
from services.contracts.envelope import Decision, Refused, Source
from services.contracts.topics import partition_of
from services.desk.adapters.postgres_sessions import PostgresSessions
from services.desk.bootstrap import open_desk
from services.desk.gate import Gate, person_of
from services.desk.http import Deps, make_router
from services.desk.projector_worker import project
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.desk.conftest import DecisionLog, World

PARTITION = partition_of("site")


def raised(alarm: str = "alarm-1", **change: Any) -> AlarmRaised:
    values: dict[str, Any] = {
        "alarm": alarm,
        "number": "N1",
        "subject": "site",
        "site_known": True,
        "account_space": "default",
        "account": "1001",
        "class_": "burglary",
        "priority": 2,
        "code": "130",
        "received_at": 1,
        "claim_due": 2,
        "provider": "p1",
        "bureau": "b1",
        "filing": Filing(authority="x", state="filed"),
    }
    return AlarmRaised(**{**values, **change})


async def decide_all(world: World, log: DecisionLog) -> None:
    """Decide each command of the inbox as a router with one rule: a second claim is refused."""
    inbox = KafkaEventLog(world.settings.kafka, world.inbox, PARTITION)
    offset, holder = 0, ""
    try:
        while True:
            for record in await inbox.read(offset, most=100, wait_s=0.2):
                offset = record.offset + 1
                match decode_inbox(record.value):
                    case ClaimAlarm() as one if holder:
                        await log.append(
                            one.id, answer=Refused(reason="alarm.claimed_by_other", params={"holder": holder})
                        )
                    case ClaimAlarm() as one:
                        holder = one.by.id
                        await log.append(one.id, AlarmClaimed(alarm=one.alarm, by=one.by))
                    case VerifyAlarm() as one:
                        await log.append(
                            one.id,
                            AlarmVerified(
                                alarm=one.alarm, by=one.by, result=one.result, evidence=one.evidence
                            ),
                        )
                    case EscalateAlarm() as one:
                        await log.append(
                            one.id,
                            AlarmEscalated(alarm=one.alarm, escalation="esc-1", bureau="b1", by=one.by),
                        )
                    case CloseAlarm() as one:
                        await log.append(one.id, AlarmClosed(alarm=one.alarm, by=one.by, reason=one.reason))
                    case SignForEscalation() as one:
                        await log.append(one.id, answer=Refused(reason="escalation.unknown"))
                    case other:
                        pytest.fail(f"unexpected {other}")
    finally:
        await inbox.close()


@contextlib.asynccontextmanager
async def running(*works: Any) -> AsyncIterator[None]:
    """Run these beside the test and end them after it."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def log(world: World) -> DecisionLog:
    log = world.log(PARTITION)
    await log.begin()
    await log.append("run/default/1001/1", raised())
    return log


@pytest.fixture
async def web(world: World, log: DecisionLog) -> AsyncIterator[httpx.AsyncClient]:
    async with asyncpg.create_pool(world.settings.postgres, min_size=1, max_size=4) as pool:
        desk, gateway = await open_desk(world.settings, pool, inbox=world.inbox, events=world.events)
        app = FastAPI()
        app.include_router(make_router(Deps(desk, person_of)))
        gate = Gate(app, PostgresSessions(pool).person, 8082)
        works = (
            project(world.settings, topic=world.events),
            gateway.tail(),
            gateway.keep_producer(),
            decide_all(world, log),
        )
        async with running(*works):
            while not gateway.ready:
                await asyncio.sleep(0.01)
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(gate), base_url="http://desk", headers={"accept-language": "en"}
            ) as client:
                yield client


def as_(role: str) -> dict[str, str]:
    return {"cookie": f"jiejing_session=cookie-{role}"}


async def test_a_stranger_gets_401(web: httpx.AsyncClient) -> None:
    for path in ("/api/alarms", "/api/anything", "/openapi.json", "/metrics", "/api/tickets/0/x"):
        answer = await web.get(path)
        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:jiejing:login.needed"


async def test_an_alarm_is_worked_from_claim_to_close(web: httpx.AsyncClient, world: World) -> None:
    operator = as_("operator")
    claimed = await web.post("/api/alarms/alarm-1/claim", json={}, headers=operator)
    assert claimed.status_code == 200, claimed.text
    assert claimed.json()["answer"] == {"type": "accepted"}
    assert claimed.json()["events"][0]["type"] == "alarm.claimed.v1"
    assert (await web.get(claimed.json()["ticket"], headers=operator)).json() == claimed.json()

    again = await web.post("/api/alarms/alarm-1/claim", headers=operator)
    assert again.status_code == 409
    assert again.json()["type"] == "urn:jiejing:alarm.claimed_by_other"
    assert again.json()["params"] == {"holder": "operator-1"}

    body = {"result": "confirmed", "evidence": [{"kind": "video", "note": "两人翻墙"}]}
    assert (await web.post("/api/alarms/alarm-1/verify", json=body, headers=operator)).status_code == 200
    assert (await web.post("/api/alarms/alarm-1/escalate", json={}, headers=operator)).status_code == 200
    closed = await web.post("/api/alarms/alarm-1/close", json={"reason": "民警到场"}, headers=operator)
    assert closed.status_code == 200

    detail = (await web.get("/api/alarms/alarm-1", headers=operator)).json()
    assert detail["state"] == "closed"
    assert detail["site_name"] == "中心花园"
    assert detail["tracks"] == {"verification": "confirmed", "escalation": "sent"}
    assert detail["verification"]["evidence"] == [{"kind": "video", "note": "两人翻墙"}]
    assert [event["type"] for event in detail["events"]] == [
        "alarm.raised.v1",
        "alarm.claimed.v1",
        "alarm.verified.v1",
        "alarm.escalated.v1",
        "alarm.closed.v1",
    ]
    assert detail["events"][-1]["event"]["reason"] == "民警到场"

    listed = (await web.get("/api/escalations", headers=as_("police"))).json()
    assert [one["id"] for one in listed["items"]] == ["esc-1"]
    assert "filing" not in listed["items"][0]
    assert (await web.get("/api/alarms", headers=as_("police"))).json()["items"] == []
    assert (await web.get("/api/alarms/alarm-1", headers=as_("police"))).status_code == 404
    assert (await web.get("/api/alarms", headers=as_("administrator"))).json()["items"] == []

    connection = await asyncpg.connect(world.settings.postgres)
    looks = await connection.fetch("select person, action from audit.access order by number")
    text = await connection.fetchval("select view::text from desk_1.alarm")
    await connection.close()
    assert [tuple(row) for row in looks] == [("operator-1", "alarm.read"), ("police-1", "escalation.list")]
    assert "两人翻墙" not in text


async def test_the_callers_key_is_the_ticket(web: httpx.AsyncClient) -> None:
    key = uuid7()
    headers = {**as_("operator"), "idempotency-key": key}
    first = await web.post("/api/alarms/alarm-1/claim", headers=headers)
    second = await web.post("/api/alarms/alarm-1/claim", headers=headers)
    assert first.json()["ticket"] == f"/api/tickets/{PARTITION}/{key}"
    assert second.json()["ticket"] == first.json()["ticket"]
    ahead = {**as_("operator"), "idempotency-key": "0fffffff-ffff-7000-8000-000000000000"}
    assert (await web.post("/api/alarms/alarm-1/claim", headers=ahead)).status_code == 422


async def test_a_wrong_body_is_explained(web: httpx.AsyncClient) -> None:
    for path, body in (("claim", {"by": "me"}), ("close", {"reason": "  "}), ("verify", {"result": "maybe"})):
        answer = await web.post(f"/api/alarms/alarm-1/{path}", json=body, headers=as_("operator"))
        assert answer.status_code == 422, path
        assert answer.json()["errors"]


async def test_pages_follow_each_other(web: httpx.AsyncClient, log: DecisionLog) -> None:
    for number in range(2, 6):
        await log.append(f"run/default/1001/{number}", raised(f"alarm-{number}", priority=number % 3))
    await log.append("run/default/9/1", raised("foreign", provider="p2"))
    operator = as_("operator")
    assert (await web.post("/api/alarms/alarm-5/claim", headers=operator)).status_code == 200
    for state in ("open", "all"):
        after: str | None = ""
        seen: list[str] = []
        while after is not None:
            params = {"state": state, "limit": "2", **({"after": after} if after else {})}
            page = (await web.get("/api/alarms", params=params, headers=operator)).json()
            seen += [item["id"] for item in page["items"]]
            after = page["next"]
        assert sorted(seen) == [f"alarm-{number}" for number in range(1, 6)]
    assert (await web.get("/api/alarms?account=none", headers=operator)).json() == {"items": [], "next": None}


async def test_a_record_that_does_not_count_is_not_shown(web: httpx.AsyncClient, log: DecisionLog) -> None:
    ghost = Decision(
        lies_at=99,
        prev=b"\0" * 16,
        time=1,
        code="zombie",
        subject="site",
        source=Source(offset=5, hash=b"\0" * 16),
        id="ghost",
        answer=Refused(reason="x"),
        events=(raised("ghost"),),
    )
    await log.append_raw(encode(ghost))
    await log.append("run/default/1001/9", raised("after-ghost"))
    assert (await web.post("/api/alarms/after-ghost/claim", headers=as_("operator"))).status_code == 200
    listed = (await web.get("/api/alarms", headers=as_("operator"))).json()["items"]
    assert {item["id"] for item in listed} == {"alarm-1", "after-ghost"}

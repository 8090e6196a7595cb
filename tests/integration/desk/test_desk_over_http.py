"""Alarms, acts and tickets over HTTP on real Kafka and PostgreSQL; decisions by a stand-in for the router."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from services.contracts import alarm as a
from services.contracts.codec import encode
from services.contracts.envelope import Decision, Refused, Source
from services.contracts.stored import Actor
from services.runtime.ids import uuid7
from tests.integration.desk.stand_in import LATER, PARTITION, raised

if TYPE_CHECKING:
    import httpx

    from tests.integration.desk.conftest import DecisionLog, World


LOOKS = (
    "/api/alarms",
    "/api/alarms/alarm-1",
    "/api/search?q=1001",
    "/api/escalations",
    "/api/undecided",
)
BY = Actor(id="operator-1", roles=("operator",), provider="p1")


def as_(person: str) -> dict[str, str]:
    return {"cookie": f"jiejing_session=cookie-{person}"}


async def test_a_stranger_gets_401(web: httpx.AsyncClient) -> None:
    for path in ("/api/alarms", "/api/anything", "/openapi.json", "/metrics", "/api/tickets/0/x"):
        answer = await web.get(path)
        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert "set-cookie" not in answer.headers
        assert answer.json()["type"] == "urn:jiejing:login.needed"


async def test_an_alarm_is_worked_from_claim_to_close(web: httpx.AsyncClient, world: World) -> None:
    operator = as_("operator-1")
    claimed = await web.post("/api/alarms/alarm-1/claim", json={}, headers=operator)
    assert claimed.status_code == 200, claimed.text
    assert claimed.json()["answer"] == {"type": "accepted"}
    assert claimed.json()["events"][0]["type"] == "alarm.claimed.v1"
    assert (await web.get(claimed.json()["ticket"], headers=operator)).json() == claimed.json()

    again = await web.post("/api/alarms/alarm-1/claim", headers=operator)
    assert again.status_code == 409
    assert again.json()["type"] == "urn:jiejing:alarm.claimed_by_other"
    assert again.json()["params"] == {"holder": "operator-1", "holder_name": "operator-1先生"}
    assert again.json()["title"] == "operator-1先生 has claimed it"

    body = {"result": "confirmed", "evidence": [{"kind": "video", "note": "两人翻墙"}]}
    assert (await web.post("/api/alarms/alarm-1/verify", json=body, headers=operator)).status_code == 200
    assert (await web.post("/api/alarms/alarm-1/escalate", json={}, headers=operator)).status_code == 200
    told = await web.post("/api/escalations/esc-1/sign-for", headers=as_("police-1"))
    assert told.status_code == 200, told.text
    closed = await web.post("/api/alarms/alarm-1/close", json={"reason": "民警到场"}, headers=operator)
    assert closed.status_code == 200

    detail = (await web.get("/api/alarms/alarm-1", headers=operator)).json()
    assert detail["state"] == "closed"
    assert detail["site_name"] == "中心花园"
    assert detail["tracks"] == {"verification": "confirmed", "guard": "none", "escalation": "signed_for"}
    assert detail["verification"]["evidence"] == [{"kind": "video", "note": "两人翻墙", "found": None}]
    assert [event["type"] for event in detail["events"]] == [
        "alarm.raised.v1",
        "alarm.claimed.v1",
        "alarm.verified.v1",
        "alarm.escalated.v1",
        "alarm.claim_fell_due.v1",
        "escalation.signed_for.v1",
        "alarm.closed.v1",
    ]
    assert detail["events"][-1]["event"]["reason"] == "民警到场"

    listed = (await web.get("/api/escalations", headers=as_("police-1"))).json()
    assert [one["id"] for one in listed["items"]] == ["esc-1"]
    assert "filing" not in listed["items"][0]
    assert (await web.get("/api/alarms", headers=as_("police-1"))).json()["items"] == []
    assert (await web.get("/api/alarms/alarm-1", headers=as_("police-1"))).status_code == 404
    assert (await web.get("/api/alarms", headers=as_("administrator-1"))).json()["items"] == []

    connection = await asyncpg.connect(world.settings.postgres)
    text = await connection.fetchval("select view::text from desk_2.alarm")
    await connection.close()
    assert "两人翻墙" not in text


async def test_an_alarm_goes_from_hand_to_hand(web: httpx.AsyncClient) -> None:
    one, other, supervisor = as_("operator-1"), as_("operator-2"), as_("supervisor-1")
    assert (await web.post("/api/alarms/alarm-1/claim", headers=one)).status_code == 200
    handed = await web.post("/api/alarms/alarm-1/hand-over", json={"to": "operator-2"}, headers=one)
    assert handed.status_code == 200, handed.text
    assert (await web.get("/api/alarms/alarm-1", headers=one)).json()["claimed_by"] == "operator-2"
    taken = await web.post("/api/alarms/alarm-1/take-over", json={"reason": "他下班了"}, headers=supervisor)
    assert taken.status_code == 200, taken.text
    assert (await web.get("/api/alarms/alarm-1", headers=one)).json()["claimed_by"] == "supervisor-1"
    assert (await web.post("/api/alarms/alarm-1/release", json={}, headers=supervisor)).status_code == 200
    noted = await web.post("/api/alarms/alarm-1/note", json={"note": "业主说是猫"}, headers=other)
    assert noted.status_code == 200, noted.text
    detail = (await web.get("/api/alarms/alarm-1", headers=one)).json()
    assert (detail["claimed_by"], detail["claimed_at"], detail["note_count"]) == (None, None, 1)
    assert detail["claim_due"] == LATER
    said = {event["type"]: event["event"] for event in detail["events"]}
    assert said["alarm.taken_over.v1"]["reason"] == "他下班了"
    assert said["alarm.noted.v1"]["note"] == "业主说是猫"
    blind = (await web.get("/api/alarms/alarm-1", headers=as_("engineer-1"))).json()["events"]
    assert {event["type"]: event["event"] for event in blind}["alarm.noted.v1"]["note"] is None


async def test_an_alarm_is_handed_only_to_who_can_work_on_it(web: httpx.AsyncClient, world: World) -> None:
    connection = await asyncpg.connect(world.settings.postgres)
    await connection.execute("update identity.person set active = false where id = 'operator-2'")
    await connection.close()
    for to in ("operator-2", "operator-3", "engineer-1", "administrator-1", "police-1", "nobody"):
        answer = await web.post("/api/alarms/alarm-1/hand-over", json={"to": to}, headers=as_("operator-1"))
        assert answer.status_code == 422, to
        assert answer.json()["type"] == "urn:jiejing:colleague.unsuitable"
        assert answer.json()["what_to_do"]


async def test_the_police_take_a_report_from_sign_for_to_the_final_feedback(
    web: httpx.AsyncClient, log: DecisionLog
) -> None:
    escalation = a.AlarmEscalated(alarm="alarm-1", escalation="esc-1", bureau="b1", by=BY)
    await log.append("e", escalation)
    police, at = as_("police-1"), "/api/escalations/esc-1"
    acts: tuple[tuple[str, dict[str, object], str], ...] = (
        ("sign-for", {"police_incident_no": "110-7"}, "signed_for"),
        ("police-dispatch", {"unit": "东街所 2 组"}, "dispatched"),
        ("on-scene", {}, "on_scene"),
        ("feedback", {"text": "门被撬"}, "feedback"),
        ("feedback", {"text": "抓获2人", "disposition": "valid", "final": True}, "final"),
    )
    for act, body, state in acts:
        answer = await web.post(f"{at}/{act}", json=body, headers=police)
        assert answer.status_code == 200, answer.text
        assert [event["type"].split(".")[0] for event in answer.json()["events"]] == ["escalation"]
        assert (await web.get(answer.json()["ticket"], headers=police)).json() == answer.json()
        (shown,) = (await web.get("/api/escalations", headers=police)).json()["items"]
        assert shown["state"] == state
    assert (shown["police_incident_no"], shown["unit"]) == ("110-7", "东街所 2 组")
    assert [one["text"] for one in shown["feedback"]] == ["门被撬", "抓获2人"]
    assert (await web.post(f"{at}/on-scene", headers=as_("police-2"))).status_code == 404
    alarm = (await web.get("/api/alarms/alarm-1", headers=as_("operator-1"))).json()
    assert alarm["tracks"]["escalation"] == "final"


async def test_an_alarm_is_found_by_account_number_and_the_sites_name(
    web: httpx.AsyncClient, log: DecisionLog
) -> None:
    await log.append(
        "run/default/2/1", raised("other", subject="site-2", provider="p2", account="2002", number="6-1B-00")
    )
    assert (await web.post("/api/alarms/alarm-1/claim", headers=as_("operator-1"))).status_code == 200

    async def found(text: str, person: str) -> list[str]:
        answer = await web.get("/api/search", params={"q": text}, headers=as_(person))
        assert answer.json()["next"] is None
        return [item["id"] for item in answer.json()["items"]]

    for text in ("1001", "10", "6-1A-00", " 6-ia-oo", "61a00", "6 1a 00", "心花"):
        assert await found(text, "operator-1") == ["alarm-1"], text
    assert await found("花园", "operator-1") == ["alarm-1"]
    assert await found("花园", "supervisor-1") == ["other", "alarm-1"]
    for text in ("2002", "%", "", "'"):
        assert await found(text, "operator-1") == [], text
    assert await found("1001", "police-1") == []


async def test_every_look_is_in_the_book_before_it_is_answered(web: httpx.AsyncClient, world: World) -> None:
    assert (await web.post("/api/alarms/alarm-1/claim", headers=as_("operator-1"))).status_code == 200
    for path in LOOKS:
        assert (await web.get(path, headers=as_("inspector-1"))).status_code == 200, path
    connection = await asyncpg.connect(world.settings.postgres)
    looks = await connection.fetch(
        "select person, action, subject, detail::text as detail from audit.access order by number"
    )
    await connection.execute("alter table audit.access rename to gone")
    for path in LOOKS:
        with pytest.raises(asyncpg.UndefinedTableError):
            await web.get(path, headers=as_("inspector-1"))
    await connection.close()
    assert [tuple(row)[:3] for row in looks] == [
        ("inspector-1", "alarm.list", "alarms"),
        ("inspector-1", "alarm.read", "alarm-1"),
        ("inspector-1", "alarm.search", "alarms"),
        ("inspector-1", "escalation.list", "escalations"),
        ("inspector-1", "undecided.list", "undecided"),
    ]
    assert '"alarm-1"' in looks[0]["detail"] and '"1001"' in looks[2]["detail"]


async def test_using_the_desk_keeps_the_session_alive(web: httpx.AsyncClient, world: World) -> None:
    connection = await asyncpg.connect(world.settings.postgres)
    await connection.execute("update identity.session set expires_at = now() + interval '10 hours'")
    answer = await web.get("/api/alarms", headers=as_("operator-1"))
    assert answer.status_code == 200
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("jiejing_session=cookie-operator-1; ")
    assert all(word in cookie for word in ("HttpOnly", "Max-Age=43200", "SameSite=strict"))
    left = await connection.fetchval(
        "select expires_at - now() > interval '11 hours' from identity.session where person = 'operator-1'"
    )
    await connection.close()
    assert left


async def test_the_callers_key_is_the_ticket(web: httpx.AsyncClient) -> None:
    key = uuid7()
    headers = {**as_("operator-1"), "idempotency-key": key}
    first = await web.post("/api/alarms/alarm-1/claim", headers=headers)
    second = await web.post("/api/alarms/alarm-1/claim", headers=headers)
    assert first.json()["ticket"] == f"/api/tickets/{PARTITION}/{key}"
    assert second.json()["ticket"] == first.json()["ticket"]
    ahead = {**as_("operator-1"), "idempotency-key": "0fffffff-ffff-7000-8000-000000000000"}
    assert (await web.post("/api/alarms/alarm-1/claim", headers=ahead)).status_code == 422


async def test_a_wrong_body_is_explained(web: httpx.AsyncClient) -> None:
    for path, body in (("claim", {"by": "me"}), ("close", {"reason": "  "}), ("verify", {"result": "maybe"})):
        answer = await web.post(f"/api/alarms/alarm-1/{path}", json=body, headers=as_("operator-1"))
        assert answer.status_code == 422, path
        assert answer.json()["errors"]


async def test_pages_follow_each_other(web: httpx.AsyncClient, log: DecisionLog) -> None:
    for number in range(2, 6):
        await log.append(f"run/default/1001/{number}", raised(f"alarm-{number}", priority=number % 3))
    await log.append("run/default/9/1", raised("foreign", provider="p2"))
    operator = as_("operator-1")
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
    assert (await web.post("/api/alarms/after-ghost/claim", headers=as_("operator-1"))).status_code == 200
    listed = (await web.get("/api/alarms", headers=as_("operator-1"))).json()["items"]
    assert {item["id"] for item in listed} == {"alarm-1", "after-ghost"}


async def test_alarms_are_found_by_site_provider_and_the_time_they_were_raised(
    web: httpx.AsyncClient, log: DecisionLog
) -> None:
    await log.append("run/default/2002/1", raised("alarm-2", subject="site-2", provider="p2", bureau="b2"))
    everything = as_("supervisor-1")

    async def ids(path: str) -> set[str]:
        answer = await web.get(path, headers=everything)
        assert answer.status_code == 200, answer.text
        return {one["id"] for one in answer.json()["items"]}

    while await ids("/api/alarms") != {"alarm-1", "alarm-2"}:
        pass
    (first, at) = next(
        (one["id"], one["raised_at"])
        for one in (await web.get("/api/alarms", headers=everything)).json()["items"]
        if one["id"] == "alarm-1"
    )
    assert await ids("/api/alarms?site=site-2") == {"alarm-2"} == await ids("/api/alarms?provider=p2")
    assert await ids("/api/alarms?site=site-2&provider=p1") == set()
    assert await ids("/api/search?q=别家公司") == {"alarm-2"}
    assert await ids(f"/api/search?from={at}&to={at}") == {first}
    assert await ids(f"/api/search?q=别家&from={at}&to={at}") == set()
    assert await ids(f"/api/alarms?from={at + 1}") == {"alarm-2"}
    assert await ids("/api/search?q=") == set()
    assert (await web.get("/api/search?from=soon", headers=everything)).status_code == 422

"""The past over HTTP: what is asked, who may, and what is said when it cannot be answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from aiokafka.errors import KafkaConnectionError
from fastapi import FastAPI, Request

from services.contracts import alarm as a
from services.contracts.stored import Actor
from services.eventsourcing.ports import Record
from services.replay import http as replay_http
from services.replay.handlers.room import ReadingRoom
from services.replay.http import make_router
from services.runtime import problem
from tests.unit.replay.exports import verdict
from tests.unit.replay.past import INSPECTOR, LI, NOTE, SECOND, T0, Looks, Past, interrupted, raised, room_of

Client = Callable[[ReadingRoom], httpx.AsyncClient]


def client(room: ReadingRoom) -> httpx.AsyncClient:
    """The routes; the header `x-as` says who asks, as the gate does in service."""

    async def person(request: Request) -> Actor:
        named = request.headers.get("x-as")
        return INSPECTOR if named is None else msgspec.json.decode(named, type=Actor)

    app = FastAPI()
    problem.install(app)
    app.include_router(make_router(room, person))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def a_past() -> Past:
    past = Past()
    past.says(raised("a1"))
    past.says(a.AlarmClaimed(alarm="a1", by=LI))
    return past


async def asked(
    room: ReadingRoom, path: str = "", person: Actor | None = None, **query: Any
) -> httpx.Response:
    headers = {} if person is None else {"x-as": msgspec.json.encode(person).decode()}
    async with client(room) as web:
        return await web.get(f"/api/history{path}", params=query, headers=headers)


def reason(answer: httpx.Response) -> str:
    said = answer.json()
    assert said["what_to_do"]
    assert answer.headers["content-type"] == "application/problem+json"
    return str(said["type"]).removeprefix("urn:jiejing:")


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ({}, 422, "history.when"),
        ({"at": "1", "positions": "0:1"}, 422, "history.when"),
        ({"at": "yesterday"}, 422, "history.instant"),
        ({"at": "2026-09-18T02:14:06"}, 422, "history.instant"),
        ({"at": "1" * 30}, 422, "history.instant"),
        ({"positions": "0:1,x"}, 422, "history.positions"),
        ({"positions": "0:1,0:2"}, 422, "history.positions"),
        ({"positions": "12:1"}, 422, "history.positions"),
        ({"at": "1", "alarm": "nobody"}, 404, "not_found"),
        ({"at": "1", "state": "shut"}, 422, "body.invalid"),
    ],
)
async def test_what_cannot_be_answered_says_what_to_do(
    query: dict[str, str], status: int, named: str
) -> None:
    answer = await asked(room_of(a_past()), "", None, **query)
    assert (answer.status_code, reason(answer)) == (status, named)


@pytest.mark.parametrize(
    "at", [str(T0 + SECOND), "2027-01-15T08:00:01Z", "2027-01-15T16:00:01+08:00", "2027-01-15 08:00:01+00:00"]
)
async def test_an_instant_is_written_in_any_of_its_forms(at: str) -> None:
    answer = await asked(room_of(a_past()), at=at)
    assert answer.status_code == 200, answer.text
    assert answer.json()["at"] == T0 + SECOND
    assert answer.json()["positions"][0]["offset"] == 1
    assert answer.json()["alarms"][0]["site_name"] == "金行"


async def test_an_alarm_s_record_and_what_each_decision_stood_on_can_be_asked_for() -> None:
    room = room_of(a_past())
    record = (await asked(room, "/alarms/a1")).json()
    assert [row["type"] for row in record["records"]] == ["alarm.raised.v1", "alarm.claimed.v1"]
    assert record["alarm"]["claimed_by"] == "li"
    why = (await asked(room, "/alarms/a1/why", partition=0, offset=2)).json()
    assert (why["rows"], why["code"], why["source"]) == (record["records"][1:], "1.0", None)
    assert reason(await asked(room, "/alarms/a1/why", offset=9)) == "not_found"
    assert reason(await asked(room, "/alarms/nobody")) == "not_found"


async def test_only_what_was_open_can_be_asked_for() -> None:
    past = a_past()
    past.says(a.AlarmClosed(alarm="a1", by=LI, reason=NOTE))
    room = room_of(past)
    everything = (await asked(room, at=2 * T0)).json()
    only_open = (await asked(room, at=2 * T0, state="open")).json()
    assert (len(everything["alarms"]), len(only_open["alarms"])) == (1, 0)


@pytest.mark.parametrize("path", ["", "/alarms/a1", "/alarms/a1/why", "/export"])
@pytest.mark.parametrize("role", ["operator", "police", "engineer", "registrar", "administrator"])
async def test_those_who_do_not_oversee_are_told_which_role_it_takes(path: str, role: str) -> None:
    room = room_of(a_past())
    answer = await asked(room, path, Actor(id="x", roles=(role,)), at="1", offset=1)
    assert (answer.status_code, reason(answer)) == (403, "role.missing")
    assert isinstance(room.looks, Looks)
    assert room.looks.noted == []


async def test_a_third_reader_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_http, "WAIT_SECONDS", 0.05)
    room = room_of(a_past())
    held = asyncio.Event()

    class Slow(Looks):
        async def note_look(self, *look: Any) -> None:
            del look
            await held.wait()

    room.looks = Slow()
    async with client(room) as web:
        two = [asyncio.ensure_future(web.get("/api/history", params={"at": "2" * 16})) for _ in range(2)]
        await asyncio.sleep(0.02)
        third = await web.get("/api/history", params={"at": "2" * 16})
        assert (third.status_code, reason(third), third.headers["retry-after"]) == (503, "history.busy", "10")
        held.set()
        assert [answer.status_code for answer in await asyncio.gather(*two)] == [200, 200]


async def test_a_broken_record_is_named_to_the_reader() -> None:
    past = a_past()
    past.log.records[1] = Record(1, 0, past.log.records[1].value.replace(b"1001", b"1002"))
    answer = await asked(room_of(past), at=2 * T0)
    assert (answer.status_code, reason(answer)) == (500, "record.broken")
    assert answer.json()["params"] == {"partition": "0", "offset": "2"}


async def test_what_a_newer_version_wrote_is_no_fault_of_the_record() -> None:
    past = a_past()
    past.log.records[1] = Record(
        1, 0, past.log.records[1].value.replace(b"alarm.raised.v1", b"alarm.raised.v9")
    )
    for asking in ({"at": 2 * T0}, {"at": 2 * T0, "alarm": "a1"}):
        answer = await asked(room_of(past), **asking)
        assert (answer.status_code, reason(answer)) == (503, "record.newer")
        assert answer.json()["params"] == {"partition": "0", "offset": "1"}


async def test_a_log_that_is_away_is_no_fault_of_the_readers() -> None:
    room = room_of(a_past())

    def away(_: int) -> Any:
        raise KafkaConnectionError

    room.logs = away
    answer = await asked(room, at=T0)
    assert (answer.status_code, reason(answer)) == (503, "record.away")


async def test_an_export_comes_as_a_file_that_holds() -> None:
    answer = await asked(room_of(a_past()), "/export", None, **{"from": T0, "to": T0 + SECOND})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="jiejing-record-1800000000')
    found = verdict(answer.content)
    assert found.ok
    assert (found.partitions[0].first, found.partitions[0].last) == (0, 1)


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ({"from": "2", "to": "1"}, 422, "export.backwards"),
        ({"from": "x"}, 422, "history.instant"),
        ({"partition": "12"}, 422, "export.partition"),
        ({"alarm": "nobody"}, 404, "not_found"),
    ],
)
async def test_an_export_that_cannot_be_made_says_why(query: dict[str, str], status: int, named: str) -> None:
    answer = await asked(room_of(a_past()), "/export", None, **query)
    assert (answer.status_code, reason(answer)) == (status, named)


async def test_an_interruption_is_exported_under_its_own_address() -> None:
    past = a_past()
    past.says(interrupted("i1", "p1"))
    async with client(room_of(past)) as web:
        answer = await web.get("/api/interruptions/i1/export")
        missing = await web.get("/api/interruptions/a1/export")
        operator = msgspec.json.encode(LI).decode()
        barred = await web.get("/api/interruptions/i1/export", headers={"x-as": operator})
    assert answer.headers["content-disposition"] == 'attachment; filename="jiejing-record-i1.zip"'
    assert verdict(answer.content).ok
    assert (missing.status_code, barred.status_code) == (404, 403)


async def test_an_export_too_large_for_a_page_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_http, "MOST_BYTES", 1000)
    answer = await asked(room_of(a_past()), "/export")
    assert (answer.status_code, reason(answer)) == (413, "export.too_large")


async def test_a_reader_who_goes_away_ends_the_reading() -> None:
    room, begun = room_of(a_past()), asyncio.Event()
    ended = asyncio.Event()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()

    room.breathe = endless
    app = FastAPI()
    app.include_router(make_router(room, lambda: INSPECTOR))  # type: ignore[arg-type,return-value]  # FastAPI takes both
    problem.install(app)

    async def receive() -> dict[str, str]:
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        del message

    scope = {
        "type": "http", "method": "GET", "path": "/api/history", "query_string": b"at=9999999999999999",
        "headers": [], "http_version": "1.1", "scheme": "http", "server": ("test", 80),
    }  # fmt: skip
    async with asyncio.timeout(5):
        await app(scope, receive, send)
        await ended.wait()

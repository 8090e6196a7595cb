"""The past over HTTP, on real Kafka and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from fastapi import FastAPI, Request

from services.contracts.registry import ProviderRegistered, SiteCorrected, SiteDetails, SiteRegistered
from services.contracts.stored import Actor
from services.contracts.views import AlarmView, EscalationView
from services.desk.adapters.postgres_projection import PostgresProjection
from services.desk.book_reader import read_into
from services.eventsourcing.event_store import NewEvent
from services.picture.names import SiteName
from services.registry.bootstrap import registry_store
from services.replay.adapters.postgres_names import PostgresNames
from services.replay.bootstrap import reading_room
from services.replay.domain.picture_hash import picture_hash
from services.replay.http import make_router
from services.runtime import problem
from tests.integration.replay.conftest import NOW, RECORDS, STEP, Station

INSPECTOR = Actor(id="xu", roles=("inspector",))


@pytest.fixture
async def pool(station: Station) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(station.settings.postgres, min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
async def web(station: Station, pool: asyncpg.Pool) -> AsyncIterator[httpx.AsyncClient]:
    """The routes; the header `x-as` says who asks, as the gate does in service."""

    async def person(request: Request) -> Actor:
        named = request.headers.get("x-as")
        return INSPECTOR if named is None else msgspec.json.decode(named, type=Actor)

    app = FastAPI()
    problem.install(app)
    room = reading_room(station.settings, pool, inbox=station.inbox, events=station.events)
    app.include_router(make_router(room, person))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def desk_rows(station: Station, pool: asyncpg.Pool, schema: str) -> tuple[str, str]:
    """(hash, positions) of what the desk's tables show when the projector has read everything."""
    everything = 2 * (RECORDS - 1)
    projecting = asyncio.ensure_future(read_into(PostgresProjection, station.settings, topic=station.events))
    try:
        async with asyncio.timeout(20):
            while (
                await pool.fetchval(f'select coalesce(sum("offset"), 0) from {schema}.position') < everything
            ):
                await asyncio.sleep(0.05)
    finally:
        projecting.cancel()
        await asyncio.gather(projecting, return_exceptions=True)
    alarms = await pool.fetch(f"select view::text from {schema}.alarm where not archived")
    reports = await pool.fetch(f"select view::text from {schema}.escalation where not archived")
    places = await pool.fetch(f'select partition, "offset" from {schema}.position')
    shown = picture_hash(
        [msgspec.json.decode(row[0], type=AlarmView) for row in alarms],
        [msgspec.json.decode(row[0], type=EscalationView) for row in reports],
    )
    assert len(alarms) > 10
    assert len(reports) > 5
    return shown, ",".join(f"{row[0]}:{row[1]}" for row in places)


async def test_a_kept_screen_is_made_again_from_the_log_alone(
    station: Station, pool: asyncpg.Pool, web: httpx.AsyncClient
) -> None:
    schema = await pool.fetchval(
        "select max(nspname::text) from pg_namespace where nspname ~ '^desk_[0-9]+$'"
    )
    shown, positions = await desk_rows(station, pool, schema)
    await pool.execute(f"drop schema {schema} cascade")
    answer = await web.get("/api/history", params={"positions": positions})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["hash"] == shown
    again = picture_hash(
        msgspec.convert(found["alarms"], list[AlarmView]),
        msgspec.convert(found["escalations"], list[EscalationView]),
    )
    assert again == shown, "the answer bears out its own hash"


async def test_the_past_is_not_the_present(web: httpx.AsyncClient) -> None:
    early, late = [
        (await web.get("/api/history", params={"at": str(at)})).json()
        for at in (NOW + 20 * STEP, NOW + 10_000 * STEP)
    ]
    assert len(early["alarms"]) < len(late["alarms"])
    assert [one["time"] <= NOW + 20 * STEP for one in early["positions"]] == [True] * 12
    assert early["positions"][0]["head"] != late["positions"][0]["head"]


async def test_the_record_of_an_alarm_leads_back_to_the_log(station: Station, web: httpx.AsyncClient) -> None:
    shown = (await web.get("/api/history", params={"at": str(NOW + 10_000 * STEP)})).json()
    closed = next(view for view in shown["alarms"] if view["state"] == "closed" and view["partition"] == 1)
    found = (await web.get(f"/api/history/alarms/{closed['id']}")).json()
    assert [row["type"] for row in found["records"]][-1] == "alarm.closed.v1"
    assert found["records"][-1]["by"]
    one = await web.get("/api/history", params={"at": found["records"][2]["time"], "alarm": closed["id"]})
    assert [view["id"] for view in one.json()["alarms"]] == [closed["id"]]
    assert one.json()["alarms"][0]["state"] == "open"


async def test_names_are_those_of_the_time(pool: asyncpg.Pool, web: httpx.AsyncClient) -> None:
    late = str(NOW + 10_000 * STEP)
    sites = {view["site"] for view in (await web.get("/api/history", params={"at": late})).json()["alarms"]}
    site = min(sites)
    await _registered(pool, site)
    for at, name in ((NOW + 150 * STEP, "金行"), (int(late), "新金行")):
        found = (await web.get("/api/history", params={"at": str(at)})).json()
        named = {
            (view["site_name"], view["provider_name"]) for view in found["alarms"] if view["site"] == site
        }
        assert named == {(name, "安澜")}
    then = await PostgresNames(pool).names([site, "unknown"], int(late))
    assert then == {site: SiteName("新金行", 119.3, None, "安澜", "p", "b1")}


async def _registered(pool: asyncpg.Pool, site: str) -> None:
    def details(name: str) -> SiteDetails:
        return SiteDetails(
            name=name, provider="p", site_class="key_unit", division="350102", bureau="b1", lon=119.3
        )

    def written(event: Any) -> NewEvent:
        return NewEvent(event.__struct_config__.tag, event.at_us, msgspec.json.encode(event), "test")

    store = registry_store(pool)
    await store.append(
        "provider/p", 0, [written(ProviderRegistered(at_us=NOW, provider="p", key="p", name="安澜"))]
    )
    await store.append(
        f"site/{site}",
        0,
        [
            written(SiteRegistered(at_us=NOW, site=site, key="s", details=details("金行"))),
            written(SiteCorrected(at_us=NOW + 5_000 * STEP, site=site, details=details("新金行"))),
        ],
    )


async def test_only_those_who_oversee_read_the_past_and_every_look_is_noted(
    pool: asyncpg.Pool, web: httpx.AsyncClient
) -> None:
    operator = msgspec.json.encode(Actor(id="li", roles=("operator", "police"))).decode()
    answer = await web.get("/api/history", params={"at": str(NOW)}, headers={"x-as": operator})
    assert answer.status_code == 403
    await web.get("/api/history", params={"at": "2027-01-15T16:00:00+08:00"})
    await web.get("/api/history/alarms/nobody")
    looks = await pool.fetch("select person, action, subject, detail::text from audit.access order by number")
    assert [tuple(row) for row in looks] == [
        ("xu", "history.at", "history", '{"at": 1800000000000000}'),
        ("xu", "history.alarm", "nobody", "{}"),
    ]


async def test_a_look_that_cannot_be_noted_is_not_answered(
    pool: asyncpg.Pool, web: httpx.AsyncClient
) -> None:
    await pool.close()
    answer = await web.get("/api/history", params={"at": str(NOW)})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:jiejing:database.away")

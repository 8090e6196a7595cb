"""Whose sites the register shows, and to whom: the same scope as alarms have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.contracts.stored import Actor
from services.contracts.topics import shell_site
from services.registry import http as registry_http
from services.registry.importer_cli import DONE, import_file
from services.runtime import problem
from services.runtime.line_keys import LineKeys

EXAMPLE = Path(__file__).parents[3] / "docs/example-sites.csv"
BUREAU = "350102000000"
REGISTRAR = Actor(id="zhao", roles=("registrar",))


class Asking:
    """Who asks: a test says it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client, self.who = client, REGISTRAR

    async def person(self) -> Actor:
        return self.who

    async def sites(self, who: Actor) -> list[dict[str, str]]:
        self.who = who
        answer = await self.client.get("/api/registry/sites")
        assert answer.status_code == httpx.codes.OK
        items: list[dict[str, str]] = answer.json()["items"]
        return items

    async def adopt(self, who: Actor, account: str, **entry: object) -> httpx.Response:
        self.who = who
        line = {"account_space": "default", "account": account}
        shell = shell_site("default", account)
        return await self.client.post(f"/api/registry/sites/{shell}/adopt", json={**line, **entry})


@pytest.fixture
async def asking(database: str, tmp_path: Path) -> AsyncIterator[Asking]:
    code, _ = await asyncio.to_thread(import_file, EXAMPLE, database)
    assert code == DONE
    app = FastAPI()
    problem.install(app)
    transport = httpx.ASGITransport(app)
    async with (
        asyncpg.create_pool(database, min_size=1, max_size=2) as pool,
        httpx.AsyncClient(transport=transport, base_url="http://desk") as client,
    ):
        asking = Asking(client)
        app.include_router(registry_http.router(pool, asking.person, LineKeys(tmp_path / "line.key")))
        yield asking


async def test_an_officer_of_a_bureau_sees_the_sites_of_its_area_only(asking: Asking) -> None:
    everything = await asking.sites(REGISTRAR)
    here = [one["id"] for one in everything if one["bureau"] == BUREAU]
    assert 0 < len(here) < len(everything)
    for role in ("inspector", "enforcement_officer", "auditor"):
        officer = Actor(id="li", roles=(role,), bureau=BUREAU)
        assert [one["id"] for one in await asking.sites(officer)] == here
        assert len(await asking.sites(Actor(id="li", roles=(role,)))) == len(everything)


async def test_people_of_a_provider_see_its_sites_only(asking: Asking) -> None:
    everything = await asking.sites(REGISTRAR)
    provider = everything[0]["provider"]
    seen = await asking.sites(Actor(id="wang", roles=("engineer",), provider=provider))
    assert [one["id"] for one in seen] == [one["id"] for one in everything if one["provider"] == provider]


async def test_a_taken_account_does_not_tell_another_provider_whose_it_is(asking: Asking) -> None:
    everything = await asking.sites(REGISTRAR)
    mine = everything[0]
    other = next(one for one in everything if one["provider"] != mine["provider"])
    account = other["lines"][0]["account"]  # type: ignore[index]  # a list of lines
    manager = Actor(id="wang", roles=("provider_manager",), provider=mine["provider"])
    refused = await asking.adopt(manager, account, into=mine["id"])
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:jiejing:line.taken")
    assert refused.json()["params"] == {"site": ""}
    assert (await asking.adopt(REGISTRAR, account, into=mine["id"])).json()["params"]["site"] != ""


async def test_a_site_that_another_provider_adopted_is_taken_from_nobody(asking: Asking) -> None:
    everything = await asking.sites(REGISTRAR)
    first = everything[0]["provider"]
    second = next(one["provider"] for one in everything if one["provider"] != first)
    entry = {"name": "台江茶行", "site_class": "other", "division": "350103", "bureau": "350103000000"}
    owner = Actor(id="wang", roles=("provider_manager",), provider=first)
    stranger = Actor(id="chen", roles=("provider_manager",), provider=second)
    assert (await asking.adopt(owner, "35019009", provider=first, **entry)).status_code == httpx.codes.OK
    answer = await asking.adopt(stranger, "35019009", provider=second, **entry)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:jiejing:site.registered")
    assert [one["provider"] for one in await asking.sites(owner) if one["name"] == "台江茶行"] == [first]


@pytest.mark.parametrize("field", ["name", "provider", "into"])
async def test_a_nul_in_a_word_is_a_problem_and_no_fault(asking: Asking, field: str) -> None:
    everything = await asking.sites(REGISTRAR)
    entry: dict[str, object] = {
        "name": "台江茶行",
        "provider": everything[0]["provider"],
        "site_class": "other",
        "division": "350103",
        "bureau": "350103000000",
    }
    sent = {"into": "a\0b"} if field == "into" else {**entry, field: "a\0b"}
    manager = Actor(id="wang", roles=("provider_manager",), provider=everything[0]["provider"])
    for who in (REGISTRAR, manager):
        answer = await asking.adopt(who, "35019009", **sent)
        assert answer.status_code in {404, 422}
        assert answer.headers["content-type"] == "application/problem+json"


ROLES = ("operator", "shift_supervisor", "engineer", "registrar", "provider_manager", "police", "enforcement_officer", "inspector", "auditor", "administrator")  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
async def test_list_entry_history_past_and_people_show_the_same_sites(asking: Asking, role: str) -> None:
    everything = await asking.sites(REGISTRAR)
    ids = [one["id"] for one in everything]
    for provider in (None, everything[0]["provider"]):
        for bureau in (None, BUREAU):
            asking.who = Actor(id="x", roles=(role,), provider=provider, bureau=bureau)
            listed = await asking.client.get("/api/registry/sites")
            past = await asking.client.get("/api/registry/sites", params={"position": 1_000_000})
            if listed.status_code == 403:
                assert past.status_code == 403
                found: list[set[str]] = [set()]
            else:
                found = [{one["id"] for one in answer.json()["items"]} for answer in (listed, past)]
            for path in ("", "/history", "/people"):
                answers = [(one, await asking.client.get(f"/api/registry/sites/{one}{path}")) for one in ids]
                if path == "/people" and {answer.status_code for _, answer in answers} == {403}:
                    continue
                found.append({one for one, answer in answers if answer.status_code == 200})
            assert all(one == found[0] for one in found), (asking.who, found)


async def test_whose_site_it_was_once_reads_no_telephone_numbers_of_that_time_any_more(
    asking: Asking,
) -> None:
    everything = await asking.sites(REGISTRAR)
    site = everything[0]["id"]
    before, other = (
        everything[0]["provider"],
        next(one["provider"] for one in everything if one["provider"] != everything[0]["provider"]),
    )
    path = f"/api/registry/sites/{site}"
    asking.who = REGISTRAR
    entry = (await asking.client.get(path)).json()
    past = {"position": 1_000_000}
    asking.who = manager = Actor(id="wang", roles=("provider_manager",), provider=before)
    assert (await asking.client.get(f"{path}/people", params=past)).status_code == 200
    asking.who = REGISTRAR
    fields = ("name", "site_class", "division", "bureau")
    moved = await asking.client.put(
        path,
        json={name: entry[name] for name in fields} | {"provider": other, "version": entry["version"]},
        headers={"Idempotency-Key": "0190d0e0-0000-7000-8000-000000000001"},
    )
    assert moved.status_code == 200, moved.text
    earlier = {"position": moved.json()["position"] - 1}
    asking.who = manager
    assert (await asking.client.get(path, params=earlier)).status_code == 200, "its own past"
    assert (await asking.client.get(f"{path}/people", params=earlier)).status_code == 404
    asking.who = Actor(id="li", roles=("provider_manager",), provider=other)
    assert (await asking.client.get(f"{path}/people")).status_code == 200
    assert (await asking.client.get(f"{path}/people", params=earlier)).status_code == 404

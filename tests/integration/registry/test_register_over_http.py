"""The register over HTTP on a real PostgreSQL: what the form of an unknown account asks for and sends."""

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
UNKNOWN = "35019004"
REGISTRAR = Actor(id="zhao", roles=("registrar",))


@pytest.fixture
async def client(database: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    code, _ = await asyncio.to_thread(import_file, EXAMPLE, database)
    assert code == DONE

    async def person() -> Actor:
        return REGISTRAR

    app = FastAPI()
    problem.install(app)
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        app.include_router(registry_http.router(pool, person, LineKeys(tmp_path / "line.key")))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as opened:
            yield opened


async def found(client: httpx.AsyncClient, words: str) -> list[str]:
    answer = await client.get("/api/registry/sites", params={"q": words})
    assert answer.status_code == httpx.codes.OK
    return [item["name"] for item in answer.json()["items"]]


async def test_sites_are_found_by_name_provider_and_account(client: httpx.AsyncClient) -> None:
    assert len(await found(client, "")) == 3
    assert await found(client, "金行") == ["福州鼓楼区东街口金行"]
    assert await found(client, "21120233") == ["铁岭银州区理发店"]
    assert len(await found(client, "沈阳恒安")) == 2
    assert await found(client, "没有这样的场所") == []


async def test_an_unknown_account_becomes_a_site_and_another_cannot_take_it(
    client: httpx.AsyncClient,
) -> None:
    (provider, *_) = (await client.get("/api/registry/providers")).json()["items"]
    shell = shell_site("default", UNKNOWN)
    entry = {
        "account_space": "default",
        "account": UNKNOWN,
        "name": "台江茶行",
        "provider": provider["id"],
        "site_class": "other",
        "division": "350103",
        "bureau": "350103000000",
    }
    answer = await client.post(f"/api/registry/sites/{shell}/adopt", json=entry)
    assert (answer.status_code, answer.json()) == (httpx.codes.OK, {"site": shell})
    assert await found(client, UNKNOWN) == ["台江茶行"]
    (other, *_) = (await client.get("/api/registry/sites", params={"q": "金行"})).json()["items"]
    into = {"account_space": "default", "account": UNKNOWN, "into": other["id"]}
    refused = await client.post(f"/api/registry/sites/{shell}/adopt", json=into)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:jiejing:line.taken")

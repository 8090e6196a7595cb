"""The register behind its routes on a real PostgreSQL, with the example sheet in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.contracts.stored import Actor
from services.registry import http as registry_http
from services.registry.importer_cli import DONE, import_file
from services.runtime import problem
from services.runtime.line_keys import LineKeys

EXAMPLE = Path(__file__).parents[3] / "docs/example-sites.csv"
REGISTRAR = Actor(id="zhao", roles=("registrar",))


class Desk:
    """A person at the register: a test says who."""

    def __init__(self, client: httpx.AsyncClient, pool: asyncpg.Pool) -> None:
        self.client, self.pool, self.who = client, pool, REGISTRAR

    async def person(self) -> Actor:
        return self.who

    async def ask(self, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        return await self.client.request(method, f"/api/registry/{path}", json=body, **more)

    async def told(self, path: str, **params: Any) -> dict[str, Any]:
        answer = await self.ask("GET", path, params=params)
        assert answer.status_code == httpx.codes.OK, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def done(self, method: str, path: str, body: object, **more: Any) -> dict[str, Any]:
        answer = await self.ask(method, path, body, **more)
        assert answer.status_code == httpx.codes.OK, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def site(self, name: str) -> dict[str, Any]:
        [found] = (await self.told("sites", q=name))["items"]
        return await self.told(f"sites/{found['id']}")

    async def provider(self, name: str) -> dict[str, Any]:
        [found] = (await self.told("providers", q=name))["items"]
        return await self.told(f"providers/{found['id']}")


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """An empty register."""
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as opened:
        yield opened


@pytest.fixture
def line_keys(tmp_path: Path) -> LineKeys:
    return LineKeys(tmp_path / "line.key")


@pytest.fixture
async def desk(database: str, line_keys: LineKeys) -> AsyncIterator[Desk]:
    code, _ = await asyncio.to_thread(import_file, EXAMPLE, database)
    assert code == DONE
    app = FastAPI()
    problem.install(app)
    transport = httpx.ASGITransport(app)
    async with (
        asyncpg.create_pool(database, min_size=1, max_size=4) as pool,
        httpx.AsyncClient(transport=transport, base_url="http://desk", headers={"accept-language": "en"}) as client,
    ):  # fmt: skip
        desk = Desk(client, pool)
        app.include_router(registry_http.router(pool, desk.person, line_keys))
        yield desk

"""What a stranger may post is bounded before anybody looks into it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from services.runtime import problem
from services.runtime.body_limit import BodyLimit

READ: list[int] = []


class Typed(BaseModel):
    word: str


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problem.install(app)

    @app.post("/typed")
    async def typed(body: Typed) -> dict[str, int]:
        return {"length": len(body.word)}

    @app.get("/unfit")
    async def unfit() -> None:
        raise asyncpg.CharacterNotInRepertoireError("invalid byte sequence for encoding UTF8: 0x00")

    transport = httpx.ASGITransport(BodyLimit(app, 1000))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as opened:
        yield opened


async def drops(many: int) -> AsyncIterator[bytes]:
    READ.clear()
    yield b'{"word": "'
    for _ in range(many):
        READ.append(100)
        yield b"x" * 100
    yield b'"}'


async def test_a_body_within_the_limit_is_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/typed", json={"word": "x" * 900})
    assert (answer.status_code, answer.json()) == (200, {"length": 900})


async def test_a_body_that_says_it_is_larger_is_refused_unread(client: httpx.AsyncClient) -> None:
    answer = await client.post("/typed", json={"word": "x" * 1001})
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:jiejing:body.too_large")


async def test_a_body_without_an_end_is_read_to_the_limit_and_no_further(client: httpx.AsyncClient) -> None:
    answer = await client.post("/typed", content=drops(10_000), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:jiejing:body.too_large")
    assert sum(READ) <= 1100


async def test_what_postgresql_cannot_hold_is_the_callers_mistake_and_no_fault_of_ours(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/unfit")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:jiejing:value.unfit")

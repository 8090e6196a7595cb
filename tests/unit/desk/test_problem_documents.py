"""Problem documents in the caller's language, whatever goes wrong."""

from __future__ import annotations

from typing import Annotated

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field

from services.desk.problem_texts import TEXTS
from services.runtime import problem
from services.runtime.problem import Problem


class Body(BaseModel):
    """Something typed."""

    word: Annotated[str, Field(max_length=3)]


def _app() -> FastAPI:
    app = FastAPI()
    problem.install(app)
    problem.register(TEXTS)

    @app.get("/refused")
    async def refused() -> None:
        raise Problem("alarm.claimed_by_other", 409, holder="1", holder_name="李")

    @app.get("/new")
    async def new() -> None:
        raise Problem("new.reason", 409)

    @app.get("/away")
    async def away() -> None:
        raise asyncpg.CannotConnectNowError("starting up")

    @app.post("/typed")
    async def typed(body: Body) -> None:
        raise AssertionError(body)

    return app


async def _ask(method: str, path: str, language: str = "en", **more: object) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://x") as client:
        return await client.request(method, path, headers={"accept-language": language}, **more)  # type: ignore[arg-type]  # the test's own


@pytest.mark.parametrize(
    ("accept", "asked", "title"),
    [
        ("", "", "已由 李 接警"),
        ("en-GB,en;q=0.9", "", "李 has claimed it"),
        ("fr,zh-CN", "", "已由 李 接警"),
        ("zh", "?lang=en", "李 has claimed it"),
    ],
)
async def test_the_language_is_the_callers(accept: str, asked: str, title: str) -> None:
    said = (await _ask("GET", f"/refused{asked}", accept)).json()
    assert (said["type"], said["title"]) == ("urn:jiejing:alarm.claimed_by_other", title)
    assert said["what_to_do"]


async def test_a_reason_nobody_wrote_a_text_for_is_still_a_document() -> None:
    answer = await _ask("GET", "/new")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:jiejing:new.reason")
    assert answer.json()["title"]


async def test_an_absent_database_is_told_as_one() -> None:
    answer = await _ask("GET", "/away")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:jiejing:database.away")


async def test_a_wrong_form_is_told_without_repeating_what_was_typed() -> None:
    answer = await _ask("POST", "/typed", json={"word": "secret"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == ["body", "word"]
    assert "secret" not in answer.text

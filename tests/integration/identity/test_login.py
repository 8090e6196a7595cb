"""Logging in over HTTP with a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.desk.gate import Gate, person_of
from services.identity import http as identity_http
from services.identity.adapters.argon2_passwords import Argon2Passwords
from services.identity.adapters.postgres_accounts import PostgresAccounts
from services.identity.bootstrap import ensure_accounts, keeper, sessions
from services.identity.domain.account import Account
from services.identity.handlers.sessions import Sessions, WrongLogin
from services.registry import http as registry_http
from services.runtime import problem
from services.runtime.clock import now_us
from services.runtime.line_keys import LineKeys
from services.station.admission import actor_by, kept_cookie

WANG = {"username": "wang", "password": "correct horse"}


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database, min_size=1, max_size=4) as opened:
        await ensure_accounts(opened, {"operator": WANG, "police": {"username": "li", "password": "x"}})
        yield opened


@pytest.fixture
def door(pool: asyncpg.Pool, tmp_path: Path) -> Callable[[str], httpx.AsyncClient]:
    """A browser at an address."""
    app = FastAPI()
    problem.install(app)
    identity_http.install(app, sessions(pool), feed_port=8082)
    app.include_router(registry_http.router(pool, person_of, LineKeys(tmp_path / "line.key")))
    gate = Gate(app, actor_by(sessions(pool)), 8082, kept_cookie)

    def at(host: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(gate, client=(host, 50_000))
        return httpx.AsyncClient(transport=transport, base_url="http://desk")

    return at


@pytest.fixture
async def client(door: Callable[[str], httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with door("127.0.0.1") as opened:
        yield opened


async def test_a_person_logs_in_is_known_and_logs_out(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/session", json=WANG)
    assert answer.status_code == 200
    assert answer.json()["roles"] == ["operator"]
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower()
    assert (await client.get("/api/me")).json()["feed"] == "ws://desk:8082/v1/feed"
    token = client.cookies["jiejing_session"]
    assert (await client.delete("/api/session")).status_code == 204
    stolen = await client.get("/api/me", headers={"cookie": f"jiejing_session={token}"})
    assert stolen.status_code == 401


async def test_a_stranger_is_told_to_log_in_in_both_languages(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/me", headers={"accept-language": "en"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["type"] == "urn:jiejing:login.needed"
    assert answer.json()["what_to_do"] == "Log in and try again."
    assert (await client.get("/api/registry/sites")).json()["what_to_do"] == "请登录后重试。"


async def test_wrong_password_and_unknown_name_get_the_same_answer_and_are_audited(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    wrong = await client.post("/api/session", json={**WANG, "password": "no"})
    unknown = await client.post("/api/session", json={"username": "nobody", "password": "no"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    actions = await pool.fetch("select username, action from identity.audit order by id")
    assert [tuple(row) for row in actions] == [("wang", "login.failed"), ("nobody", "login.failed")]


async def test_after_five_failures_even_the_right_password_waits(client: httpx.AsyncClient) -> None:
    for _ in range(5):
        await client.post("/api/session", json={**WANG, "password": "no"})
    answer = await client.post("/api/session", json=WANG)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300


async def test_who_guesses_elsewhere_locks_nobody_out_of_his_own_machine(
    door: Callable[[str], httpx.AsyncClient],
) -> None:
    stranger, own = door("192.0.2.7"), door("198.51.100.4")
    for _ in range(5):
        await stranger.post("/api/session", json={**WANG, "password": "no"})
    assert (await stranger.post("/api/session", json=WANG)).status_code == 429
    assert (await own.post("/api/session", json=WANG)).status_code == 200
    assert (
        await stranger.post("/api/session", json=WANG)
    ).status_code == 429  # his success there is not ours here


async def test_an_address_of_the_same_ipv6_site_is_the_same_source(
    door: Callable[[str], httpx.AsyncClient],
) -> None:
    for number in range(5):
        await door(f"2001:db8::{number:x}").post("/api/session", json={**WANG, "password": "no"})
    assert (await door("2001:db8::ffff").post("/api/session", json=WANG)).status_code == 429
    assert (await door("2001:db8:0:1::1").post("/api/session", json=WANG)).status_code == 200


async def test_another_site_cannot_act(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/session", json=WANG, headers={"origin": "http://evil"})
    assert answer.status_code == 403
    assert (
        await client.post("/api/session", json=WANG, headers={"origin": "http://desk"})
    ).status_code == 200


async def test_only_the_hash_of_a_cookie_is_stored_and_an_ended_session_is_nobody(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    await client.post("/api/session", json=WANG)
    token = client.cookies["jiejing_session"]
    (row,) = await pool.fetch("select * from identity_api.session")
    assert token.encode() not in row["token_hash"]
    await pool.execute("update identity.session set expires_at = now() - interval '1 s'")
    assert (await client.get("/api/me")).status_code == 401


async def test_accounts_that_exist_keep_their_password(client: httpx.AsyncClient, pool: asyncpg.Pool) -> None:
    assert await ensure_accounts(pool, {"operator": {**WANG, "password": "another"}}) == set()
    assert (await client.post("/api/session", json=WANG)).status_code == 200


async def test_the_directory_is_public_and_sites_are_not_for_the_police(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/directory")).json() == {"items": [], "next": None}
    await client.post("/api/session", json={"username": "li", "password": "x"})
    assert (await client.get("/api/registry/sites")).status_code == 403


async def test_colleagues_are_known_by_name_and_role_and_those_who_left_have_none(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    await client.post("/api/session", json=WANG)
    await pool.execute("update identity.person set active = false where username = 'li'")
    roles = {one["display_name"]: one["roles"] for one in (await client.get("/api/people")).json()["items"]}
    assert roles == {"值机员": ["operator"], "接警民警": []}


class _WhileLooking(Argon2Passwords):
    """Something happens while a password is being looked at: argon2 takes its time."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    async def fits(self, password: str, hashed: str | None) -> bool:
        found = await super().fits(password, hashed)
        await self._meanwhile()
        return found


async def wang_of(pool: asyncpg.Pool) -> Account:
    return next(one for one in await keeper(pool).all() if one.username == "wang")


async def renewed(pool: asyncpg.Pool) -> None:
    await keeper(pool).renew_password((await wang_of(pool)).id, "an administrator")


async def ended(pool: asyncpg.Pool) -> None:
    await pool.execute("update identity.person set active = false where username = 'wang'")


@pytest.mark.parametrize("meanwhile", [renewed, ended])
async def test_an_account_that_changes_while_its_old_password_is_looked_at_begins_no_session(
    pool: asyncpg.Pool, meanwhile: Callable[[asyncpg.Pool], Awaitable[None]]
) -> None:
    under_way = Sessions(
        PostgresAccounts(pool),
        _WhileLooking(lambda: meanwhile(pool)),
        clock=now_us,
        mint=lambda: "a cookie",
    )
    with pytest.raises(WrongLogin):
        await under_way.log_in("wang", WANG["password"], "127.0.0.1")
    assert await pool.fetch("select * from identity.session") == []
    actions = await pool.fetch("select action from identity.audit order by id desc limit 1")
    assert [row["action"] for row in actions] == ["login.failed"]

"""An administrator makes people, and they log in; all of it over HTTP with a real PostgreSQL."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from services.desk.gate import Gate
from services.identity import http as identity_http
from services.identity.adapters.argon2_passwords import Argon2Passwords
from services.identity.adapters.postgres_accounts import PostgresAccounts
from services.identity.adapters.postgres_keeping import PostgresKeeping
from services.identity.bootstrap import ensure_accounts, keeper, sessions
from services.identity.domain.login import Person
from services.identity.handlers.accounts import Keeper, WrongPassword
from services.identity.http_accounts import account_routes
from services.runtime import problem
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.station.admission import actor_by, kept_cookie

ROOT = {"username": "administrator", "password": "first password"}
OWN = "only lin knows this"
LIN = {"username": "Lin", "display_name": "林晓", "roles": ["operator"]}


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database, min_size=1, max_size=4) as opened:
        await ensure_accounts(opened, {"administrator": ROOT})
        yield opened


@pytest.fixture
async def client(pool: asyncpg.Pool) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=transport(pool), base_url="http://desk") as opened:
        await opened.post("/api/session", json=ROOT)
        yield opened


def transport(pool: asyncpg.Pool) -> httpx.ASGITransport:
    app = FastAPI()
    problem.install(app)
    identity_http.install(app, sessions(pool), feed_port=8082)
    app.include_router(account_routes(keeper(pool)))
    return httpx.ASGITransport(Gate(app, actor_by(sessions(pool)), 8082, kept_cookie))


async def logged_in(pool: asyncpg.Pool, username: str, password: str) -> int:
    async with httpx.AsyncClient(transport=transport(pool), base_url="http://desk") as other:
        answer = await other.post("/api/session", json={"username": username, "password": password})
    return answer.status_code


async def chosen(pool: asyncpg.Pool, username: str, old: str, new: str = OWN) -> httpx.Response:
    """What is answered to somebody who has no session and puts a password of their own."""
    async with httpx.AsyncClient(transport=transport(pool), base_url="http://desk") as other:
        typed = {"username": username, "old": old, "new": new}
        return await other.put("/api/session/password", json=typed)


async def test_a_person_who_was_made_chooses_a_password_and_logs_in_with_it(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    made = (await client.post("/api/accounts", json=LIN)).json()
    async with httpx.AsyncClient(transport=transport(pool), base_url="http://desk") as lin:
        given = await lin.post("/api/session", json={"username": "lin", "password": made["password"]})
        assert (given.status_code, given.json()["type"]) == (403, "urn:jiejing:password.given")
        assert not lin.cookies
    assert (await chosen(pool, " Lin ", made["password"])).status_code == 204
    assert await logged_in(pool, "lin", made["password"]) == 401
    assert await logged_in(pool, "lin", OWN) == 200
    shown = (await client.get("/api/accounts")).json()["items"]
    assert [one["username"] for one in shown] == ["administrator", "lin"]
    assert [one["password"] for one in shown] == [None, None]
    audited = await pool.fetchrow("select * from identity.audit where action = 'account.made'")
    assert audited["username"] == "lin"
    assert audited["person"] == (await client.get("/api/me")).json()["id"]


async def test_a_username_is_given_once(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/accounts", json=LIN)).status_code == 200
    again = await client.post("/api/accounts", json={**LIN, "username": "LIN"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:jiejing:account.taken")


async def test_who_is_no_longer_active_is_out_at_once(client: httpx.AsyncClient, pool: asyncpg.Pool) -> None:
    made = (await client.post("/api/accounts", json=LIN)).json()
    async with httpx.AsyncClient(transport=transport(pool), base_url="http://desk") as lin:
        await chosen(pool, "lin", made["password"])
        await lin.post("/api/session", json={"username": "lin", "password": OWN})
        assert (await lin.get("/api/me")).status_code == 200
        body = {"display_name": "林晓", "roles": ["operator"], "active": False}
        assert (await client.put(f"/api/accounts/{made['id']}", json=body)).json()["active"] is False
        assert (await lin.get("/api/me")).status_code == 401
    assert await logged_in(pool, "lin", OWN) == 401
    assert (await chosen(pool, "lin", OWN, "what lin thought of later")).status_code == 409


@pytest.mark.parametrize("change", [{"active": False}, {"roles": ["operator"]}])
async def test_the_last_administrator_stays(client: httpx.AsyncClient, change: dict[str, object]) -> None:
    me = (await client.get("/api/me")).json()
    body = {"display_name": "管理员", "roles": ["administrator"], **change}
    refused = await client.put(f"/api/accounts/{me['id']}", json=body)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:jiejing:account.last_keeper")


async def test_a_new_password_ends_the_sessions_of_the_old_one(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    async with new_lin(client, pool) as (lin, own):
        wrong = await lin.put("/api/me/password", json={**own, "old": "no"})
        assert (wrong.status_code, wrong.json()["type"]) == (409, "urn:jiejing:password.wrong")
        assert (await lin.put("/api/me/password", json=own)).status_code == 204
        assert (await lin.get("/api/me")).status_code == 401
    assert await logged_in(pool, "lin", own["old"]) == 401
    assert await logged_in(pool, "lin", own["new"]) == 200


async def test_a_password_that_an_administrator_gave_anew_is_replaced_at_the_login(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    async with new_lin(client, pool) as (lin, own):
        me = (await lin.get("/api/me")).json()["id"]
        fresh = (await client.post(f"/api/accounts/{me}/password")).json()["password"]
        assert (await lin.get("/api/me")).status_code == 401
    assert await logged_in(pool, "lin", own["old"]) == 401
    assert await logged_in(pool, "lin", fresh) == 403
    assert (await chosen(pool, "lin", fresh, own["new"])).status_code == 204
    assert await logged_in(pool, "lin", own["new"]) == 200


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer_also_there(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    await client.post("/api/accounts", json=LIN)
    answers = [await chosen(pool, name, "no") for name in ("lin", "nobody")]
    assert {(one.status_code, one.json()["type"]) for one in answers} == {(409, "urn:jiejing:password.wrong")}
    failed = "select username from identity.audit where action = 'login.failed' order by id"
    assert [row["username"] for row in await pool.fetch(failed)] == ["lin", "nobody"]
    for _ in range(4):
        await chosen(pool, "lin", "no")
    assert (await chosen(pool, "lin", "no")).status_code == 429


@contextlib.asynccontextmanager
async def new_lin(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str]]]:
    """Lin, logged in with a password of her own, and what changes it to another."""
    made = (await client.post("/api/accounts", json=LIN)).json()
    await chosen(pool, "lin", made["password"])
    async with httpx.AsyncClient(transport=transport(pool), base_url="http://desk") as lin:
        await lin.post("/api/session", json={"username": "lin", "password": OWN})
        yield lin, {"old": OWN, "new": "what lin thought of later"}


async def test_who_guesses_the_old_password_waits_as_at_the_login(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    async with new_lin(client, pool) as (lin, own):
        for _ in range(5):
            wrong = await lin.put("/api/me/password", json={**own, "old": "no"})
            assert wrong.status_code == 409
        throttled = await lin.put("/api/me/password", json=own)
        assert (throttled.status_code, throttled.json()["type"]) == (429, "urn:jiejing:login.throttled")
        assert 0 < int(throttled.headers["retry-after"]) <= 300


async def test_who_changes_the_password_at_the_fifth_attempt_logs_in_with_it_at_once(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    async with new_lin(client, pool) as (lin, own):
        for _ in range(4):
            await lin.put("/api/me/password", json={**own, "old": "no"})
        assert (await lin.put("/api/me/password", json=own)).status_code == 204
    assert await logged_in(pool, "lin", own["new"]) == 200


class _RenewedMeanwhile(Argon2Passwords):
    """An administrator renews the password between the look at the old one and the new one."""

    def __init__(self, accounts: Keeper, of: str) -> None:
        super().__init__()
        self._accounts, self._of = accounts, of
        self.told = ""

    async def fits(self, password: str, hashed: str | None) -> bool:
        found = await super().fits(password, hashed)
        self.told = await self._accounts.renew_password(self._of, "an administrator")
        return found


async def test_who_knew_the_old_password_does_not_replace_the_one_that_an_administrator_gave_meanwhile(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    made = (await client.post("/api/accounts", json=LIN)).json()
    slow = _RenewedMeanwhile(keeper(pool), made["id"])
    under_way = Keeper(
        PostgresKeeping(pool), PostgresAccounts(pool), slow, clock=now_us, mint_id=uuid7, mint=uuid7
    )
    lin = Person(made["id"], "lin", "林晓", ("operator",))
    with pytest.raises(WrongPassword):
        await under_way.choose_password(lin, made["password"], "only a thief knows this", "127.0.0.1")
    assert await logged_in(pool, "lin", slow.told) == 403, "the one that was given stands"


async def test_only_administrators_keep_accounts(client: httpx.AsyncClient, pool: asyncpg.Pool) -> None:
    async with new_lin(client, pool) as (lin, _):
        for answer in (await lin.get("/api/accounts"), await lin.post("/api/accounts", json=LIN)):
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:jiejing:role.missing")

"""The last administrator lost the password: whoever holds the data folder gives a new one. Real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
import pytest
from typer.testing import CliRunner

from services.identity.bootstrap import ensure_accounts, keeper, sessions
from services.identity.domain.login import Person
from services.identity.handlers.sessions import GivenPassword, WrongLogin
from services.station.errors import StationError
from services.station.people_cli import people_app

T = TypeVar("T")
OWN = "only the administrator knows this"
LOST = {"username": "administrator", "password": "lost"}


def on(dsn: str, work: Callable[[asyncpg.Pool], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
            return await work(pool)

    return asyncio.run(opened())


@pytest.fixture
def accounts(database: str) -> str:
    on(database, lambda pool: ensure_accounts(pool, {"administrator": LOST}))
    return database


def logs_in_with_one_of_their_own(dsn: str, given: str) -> Person:
    """What was given begins no session, and is replaced without one."""
    with pytest.raises(GivenPassword):
        on(dsn, lambda pool: sessions(pool).log_in("administrator", given, ""))
    on(dsn, lambda pool: keeper(pool).choose_password_at_login("administrator", given, OWN, ""))
    person, _ = on(dsn, lambda pool: sessions(pool).log_in("administrator", OWN, ""))
    return person


def test_a_lost_password_is_renewed_by_whoever_holds_the_data_folder(accounts: str) -> None:
    _, cookie = on(accounts, lambda pool: sessions(pool).log_in("administrator", "lost", ""))
    told = CliRunner().invoke(people_app, ["renew", "Administrator", "--postgres", accounts, "--json"])
    assert told.exit_code == 0, told.output
    password = json.loads(told.stdout)["password"]
    assert on(accounts, lambda pool: sessions(pool).person(cookie)) is None
    with pytest.raises(WrongLogin):
        on(accounts, lambda pool: sessions(pool).log_in("administrator", "lost", ""))
    assert logs_in_with_one_of_their_own(accounts, password).roles == ("administrator",)
    audited = on(
        accounts,
        lambda pool: pool.fetch("select person, username from identity.audit where action = 'password.set'"),
    )
    assert ("command line", "administrator") in [tuple(row) for row in audited]


def test_who_is_locked_out_by_wrong_guesses_logs_in_with_the_new_one_at_once(accounts: str) -> None:
    for _ in range(5):
        with pytest.raises(WrongLogin):
            on(accounts, lambda pool: sessions(pool).log_in("administrator", "guess", ""))
    told = CliRunner().invoke(people_app, ["renew", "administrator", "--postgres", accounts, "--json"])
    password = json.loads(told.stdout)["password"]
    assert logs_in_with_one_of_their_own(accounts, password).username == "administrator"


def test_nobody_of_that_name_or_nobody_who_may_log_in_is_said(accounts: str) -> None:
    unknown = CliRunner().invoke(people_app, ["renew", "nobody", "--postgres", accounts])
    assert isinstance(unknown.exception, StationError)
    assert "administrator" in str(unknown.exception)  # whose names there are
    made = on(accounts, lambda pool: keeper(pool).all())[0]
    on(accounts, lambda pool: pool.execute("update identity.person set active = false"))
    ended = CliRunner().invoke(people_app, ["renew", made.username, "--postgres", accounts])
    assert isinstance(ended.exception, StationError)
    assert "ended" in str(ended.exception)


def test_a_database_that_is_away_is_said(tmp_path: object) -> None:
    away = CliRunner().invoke(
        people_app, ["renew", "x", "--postgres", f"postgresql://nobody@/x?host={tmp_path}"]
    )
    assert isinstance(away.exception, StationError)
    assert "cannot be reached" in str(away.exception)

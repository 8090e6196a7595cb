"""`Accounts` in the schema `identity`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from services.identity.domain.login import WINDOW_US, Named, Person, wait_us
from services.identity.ports import Changed, Checked, Throttled

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORGET = "delete from identity.login_attempt where username = $1 and source = $2"
# Locked against a change, which then ends this session too.
_UNCHANGED = "select true from identity.person where id = $1 and password_hash = $2 and active for share"
_AUDIT = "insert into identity.audit (at, person, username, action) values ($1, $2, $3, $4)"


def _at(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


class PostgresAccounts:
    """One pool; every call is one transaction."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def begin_attempt(self, username: str, source: str, now_us: int) -> None:
        """See the port."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "select pg_advisory_xact_lock(hashtext('identity.login'), hashtext($1))", username
            )
            await connection.execute(
                "delete from identity.login_attempt where at < $1", _at(now_us - WINDOW_US)
            )
            rows = await connection.fetch(
                "select at from identity.login_attempt where username = $1 and source = $2", username, source
            )
            wait = wait_us([_us(row["at"]) for row in rows], now_us)
            if wait > 0:
                raise Throttled(wait)
            await connection.execute(
                "insert into identity.login_attempt (username, source, at) values ($1, $2, $3)",
                username,
                source,
                _at(now_us),
            )

    async def find(self, username: str) -> Checked | None:
        """See the port."""
        row = await self._pool.fetchrow(
            "select *, id as person_id from identity.person where username = $1 and active", username
        )
        return None if row is None else Checked(_person(row), row["password_hash"], row["password_given"])

    async def people(self) -> Sequence[Named]:
        """See the port."""
        rows = await self._pool.fetch(
            "select id, display_name, roles, active from identity.person order by id"
        )
        return [
            Named(str(row["id"]), row["display_name"], tuple(row["roles"]) if row["active"] else ())
            for row in rows
        ]

    async def note_failure(self, username: str, now_us: int) -> None:
        """See the port."""
        await self._pool.execute(_AUDIT, _at(now_us), None, username, "login.failed")

    async def begin_session(
        self, checked: Checked, source: str, token_hash: bytes, now_us: int, expires_us: int
    ) -> None:
        """See the port."""
        person, hashed = checked.person, checked.hashed
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(_UNCHANGED, person.id, hashed):
                raise Changed
            await connection.execute(_FORGET, person.username, source)
            await connection.execute("delete from identity.session where expires_at <= $1", _at(now_us))
            await connection.execute(
                "insert into identity.session (token_hash, person, begun_at, expires_at) values ($1, $2, $3, $4)",
                token_hash, person.id, _at(now_us), _at(expires_us),
            )  # fmt: skip
            await connection.execute(_AUDIT, _at(now_us), person.id, person.username, "login")

    async def of_session(self, token_hash: bytes, now_us: int) -> tuple[Person, int] | None:
        """See the port."""
        row = await self._pool.fetchrow(
            "select * from identity_api.session where token_hash = $1 and expires_at > $2",
            token_hash,
            _at(now_us),
        )
        return None if row is None else (_person(row), _us(row["expires_at"]))

    async def renew(self, token_hash: bytes, expires_us: int) -> None:
        """See the port."""
        await self._pool.execute(
            "update identity.session set expires_at = $2 where token_hash = $1", token_hash, _at(expires_us)
        )

    async def end_session(self, token_hash: bytes, now_us: int) -> None:
        """See the port."""
        await self._pool.execute(
            """
            with ended as (delete from identity.session where token_hash = $1 returning person)
            insert into identity.audit (at, person, username, action)
            select $2, p.id, p.username, 'logout' from ended join identity.person p on p.id = ended.person
            """,
            token_hash,
            _at(now_us),
        )


def _person(row: Any) -> Person:
    return Person(
        id=row["person_id"],
        username=row["username"],
        display_name=row["display_name"],
        roles=tuple(row["roles"]),
        provider=row["provider"],
        bureau=row["bureau"],
    )

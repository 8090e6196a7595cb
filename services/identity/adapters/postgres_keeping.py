"""`Keeping` in the schema `identity`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from services.identity.domain.account import Account, is_kept
from services.identity.ports import Changed, LastKeeper, Taken, Unknown

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALL = "select id, username, display_name, roles, provider, bureau, active from identity.person order by username"
_MAKE = """
insert into identity.person (id, username, display_name, password_hash, roles, provider, bureau, active, password_given)
values ($1, $2, $3, $4, $5, $6, $7, $8, true)
"""
_CHANGE = """
update identity.person set display_name = $2, roles = $3, provider = $4, bureau = $5, active = $6 where id = $1
"""
_SET_PASSWORD = """
update identity.person set password_hash = $2, password_given = true where id = $1 returning username
"""  # noqa: S105 - SQL
_REPLACE_PASSWORD = """
update identity.person set password_hash = $2, password_given = false
where id = $1 and password_hash = $3 and active returning username
"""  # noqa: S105 - SQL
_AUDIT = "insert into identity.audit (at, person, username, action, detail) values ($1, $2, $3, $4, $5)"
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('identity.accounts'))"


class PostgresKeeping:
    """One pool; every change is one transaction with its audit."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool = pool

    async def all(self) -> Sequence[Account]:
        """See the port."""
        return [_account(row) for row in await self._pool.fetch(_ALL)]

    async def make(self, account: Account, hashed: str, by: str, now_us: int) -> None:
        """See the port."""
        async with self._pool.acquire() as connection, connection.transaction():
            kept = (account.id, account.username, account.display_name, hashed, list(account.roles))
            try:
                await connection.execute(_MAKE, *kept, account.provider, account.bureau, account.active)
            except asyncpg.UniqueViolationError as error:
                raise Taken from error
            await _audit(connection, account, by, now_us, "account.made")

    async def change(self, account: Account, by: str, now_us: int) -> Account:
        """See the port."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_ONE_AT_A_TIME)
            known = {row["id"]: _account(row) for row in await connection.fetch(_ALL)}
            if account.id not in known:
                raise Unknown
            changed = msgspec.structs.replace(account, username=known[account.id].username)
            if not is_kept([*(one for one in known.values() if one.id != changed.id), changed]):
                raise LastKeeper
            kept = (changed.id, changed.display_name, list(changed.roles))
            await connection.execute(_CHANGE, *kept, changed.provider, changed.bureau, changed.active)
            await _audit(connection, changed, by, now_us, "account.changed")
            return changed

    async def id_of(self, username: str) -> str | None:
        """See the port."""
        found = await self._pool.fetchval(
            "select id from identity.person where username = $1 and active", username
        )
        return None if found is None else str(found)

    async def password_of(self, account: str) -> str | None:
        """See the port."""
        hashed = await self._pool.fetchval(
            "select password_hash from identity.person where id = $1 and active", account
        )
        return None if hashed is None else str(hashed)

    async def set_password(self, account: str, hashed: str, by: str, now_us: int) -> None:
        """See the port."""
        async with self._pool.acquire() as connection, connection.transaction():
            username = await connection.fetchval(_SET_PASSWORD, account, hashed)
            if username is None:
                raise Unknown
            await _ended(connection, account, username, by, now_us)

    async def replace_password(self, account: str, old: str, hashed: str, now_us: int) -> None:
        """See the port."""
        async with self._pool.acquire() as connection, connection.transaction():
            username = await connection.fetchval(_REPLACE_PASSWORD, account, hashed, old)
            if username is None:
                raise Changed
            await _ended(connection, account, username, account, now_us)


async def _ended(connection: Any, account: str, username: str, by: str, now_us: int) -> None:
    """The sessions that were begun with the old password, and the guesses at it."""
    await connection.execute("delete from identity.login_attempt where username = $1", username)
    await connection.execute("delete from identity.session where person = $1", account)
    await connection.execute(_AUDIT, _at(now_us), by, username, "password.set", None)


async def _audit(connection: Any, account: Account, by: str, now_us: int, action: str) -> None:
    detail = msgspec.json.encode(account).decode()
    await connection.execute(_AUDIT, _at(now_us), by, account.username, action, detail)


def _at(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _account(row: Any) -> Account:
    return Account(**{**row, "roles": tuple(row["roles"])})

"""The one place where identity is put together, and the first accounts."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg

from services.identity.adapters.argon2_passwords import Argon2Passwords
from services.identity.adapters.postgres_accounts import PostgresAccounts
from services.identity.adapters.postgres_keeping import PostgresKeeping
from services.identity.handlers.accounts import Keeper
from services.identity.handlers.sessions import Sessions
from services.runtime.clock import now_us
from services.runtime.ids import secret, uuid7

_NAMES = {
    "operator": "值机员",
    "shift_supervisor": "班长",
    "engineer": "工程师",
    "registrar": "登记员",
    "provider_manager": "单位负责人",
    "police": "接警民警",
    "enforcement_officer": "执法民警",
    "inspector": "技防办检查员",
    "auditor": "审计员",
    "administrator": "管理员",
}
_INSERT = """
insert into identity.person (id, username, display_name, password_hash, roles)
values ($1, $2, $3, $4, $5) on conflict (username) do nothing
"""


def sessions(pool: asyncpg.Pool) -> Sessions:
    """Sessions in PostgreSQL."""
    return Sessions(PostgresAccounts(pool), Argon2Passwords(), clock=now_us, mint=secret)


def keeper(pool: asyncpg.Pool) -> Keeper:
    """Accounts in PostgreSQL."""
    passwords = Argon2Passwords()
    return Keeper(
        PostgresKeeping(pool), PostgresAccounts(pool), passwords, clock=now_us, mint_id=uuid7, mint=_password
    )


def _password() -> str:
    """96 bits, to be typed once by a person."""
    return secret()[:16]


async def ensure_accounts(pool: asyncpg.Pool, accounts: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Make the accounts `{role: {username, password}}` that do not exist; existing ones keep their password.

    The roles whose accounts were made.
    """
    passwords, made = Argon2Passwords(), set[str]()
    for role, account in accounts.items():
        username = account["username"].strip().lower()
        if await pool.fetchval("select true from identity.person where username = $1", username):
            continue
        hashed = await passwords.hash(account["password"])
        await pool.execute(_INSERT, uuid7(), username, _NAMES.get(role, role), hashed, [role])
        made.add(role)
    return made

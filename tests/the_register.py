"""What the register said of sites and lines, as events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import json

if TYPE_CHECKING:
    import asyncpg

_EVENT = """
insert into registry.event (position, stream, version, type, at_us, body, by)
select coalesce(max(position), 0) + 1, 'site/' || ($2::json ->> 'site'), coalesce(max(position), 0) + 1, $1, $3, $2, 'test'
from registry.event
"""


async def say(connection: asyncpg.Connection, kind: str, at: int, **body: Any) -> None:
    """One event of the register."""
    await connection.execute(_EVENT, kind, json.encode({**body, "at_us": at}).decode(), at)


async def site(
    connection: asyncpg.Connection, which: str, name: str, of: tuple[str, str], at: int = 0
) -> None:
    """Registered, and later corrected; `of`: provider and bureau."""
    kind = "site.corrected.v1" if at else "site.registered.v1"
    details = {"name": name, "provider": of[0], "bureau": of[1]}
    await say(connection, kind, at, site=which, details=details)


async def line(connection: asyncpg.Connection, which: str, what: str, of: str, at: int = 0) -> None:
    """`which`: account space/account; `what`: assigned or released; `of`: the site."""
    space, _, account = which.partition("/")
    await say(connection, f"site.line_{what}.v1", at, site=of, account_space=space, account=account)

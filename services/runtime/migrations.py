"""Numbered SQL, applied once each and in order, under one advisory lock.

A published file never changes: its SHA-256 is kept, and a file that no longer matches stops the start.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

import asyncpg

SERVICES = Path(__file__).parents[1]
# Any fixed number: everyone who migrates one database waits for the same lock.
_LOCK = 7_311_021

_TABLE = """
create schema if not exists jiejing;
create table if not exists jiejing.migration (
    name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
)
"""


class MigrationAltered(Exception):
    """A published migration was edited; stop and restore the file."""


class Migration(NamedTuple):
    """`name` is `service/NNN_name`."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """What is remembered of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations(root: Path = SERVICES) -> list[Migration]:
    """All of them, ordered by number, then service: `001` of every service comes before any `002`."""
    files = [path for path in root.glob("*/migrations/*.sql") if re.fullmatch(r"\d{3}_\w+", path.stem)]
    files.sort(key=lambda path: (path.stem[:3], path.parts[-3], path.stem))
    return [Migration(f"{path.parts[-3]}/{path.stem}", path.read_text(encoding="utf-8")) for path in files]


async def migrate(dsn: str, wanted: list[Migration] | None = None) -> list[str]:
    """Apply what is missing and return its names. Each file is one transaction.

    Raises `MigrationAltered` when a file differs from what was applied under its name.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        await connection.execute(_TABLE)
        known = {
            row["name"]: row["sha256"] for row in await connection.fetch("select * from jiejing.migration")
        }
        missing = _missing(migrations() if wanted is None else wanted, known)
        for migration in missing:
            await _apply(connection, migration)
        return [migration.name for migration in missing]
    finally:
        await connection.close()


def _missing(wanted: list[Migration], known: dict[str, str]) -> list[Migration]:
    for migration in wanted:
        if known.get(migration.name, migration.sha256) != migration.sha256:
            message = f"{migration.name}.sql differs from what was applied: restore it and add a new number"
            raise MigrationAltered(message)
    return [migration for migration in wanted if migration.name not in known]


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute(
            "insert into jiejing.migration (name, sha256) values ($1, $2)", migration.name, migration.sha256
        )

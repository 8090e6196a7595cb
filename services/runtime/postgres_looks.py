"""The book of looks, audit.access: the desk and history write it alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.runtime.clock import now_us

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg


class PostgresLooks:
    """One row for each look at protected data, committed when the call returns."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool = pool

    async def note_look(self, person: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
        """`action`: what was looked at ("alarm.read"); `detail`: how it was asked for and what was shown."""
        await self._pool.execute(
            "insert into audit.access (at, person, action, subject, detail) values ($1, $2, $3, $4, $5)",
            now_us(),
            person,
            action,
            subject,
            msgspec.json.encode(detail).decode(),
        )

"""Opening a pool of PostgreSQL, for processes that may be up before it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import structlog

if TYPE_CHECKING:
    from services.runtime.settings import Settings

AGAIN_SECONDS = 0.3
POSTGRES_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_log = structlog.get_logger()


async def open_pool(settings: Settings, most: int, *, command_seconds: float | None = None) -> asyncpg.Pool:
    """A pool of at most `most` connections, once PostgreSQL is there. `command_seconds`: how long one query may take."""
    while True:
        try:
            return await asyncpg.create_pool(
                settings.postgres, min_size=1, max_size=most, command_timeout=command_seconds
            )
        except POSTGRES_AWAY as error:
            _log.warning("postgres.away", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)

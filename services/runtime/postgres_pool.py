"""Connections to PostgreSQL, for processes that may be up before it is, and while it is gone without a word.

Nobody tells the client of a server that was replaced by another, or of a firewall that forgot a connection: the answer
just never comes. So no command is waited for without end; its connection is then given up, after as long again in which
asyncpg waits for the command to be cancelled.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import structlog

if TYPE_CHECKING:
    from services.runtime.settings import Settings

AGAIN_SECONDS = 0.3
COMMAND_SECONDS = 10.0
# A list asks the same whoever asks, within their scope and by what they choose: only with the values at hand can it be
# planned by the index that serves this one.
PLANNED = {"plan_cache_mode": "force_custom_plan"}
LOAD_SECONDS = 300.0  # a large database read as a whole, when a process begins; sums over millions of rows
POSTGRES_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_log = structlog.get_logger()


async def open_pool(settings: Settings, most: int) -> asyncpg.Pool:
    """A pool of at most `most` connections, once PostgreSQL is there."""
    while True:
        try:
            return await asyncpg.create_pool(
                settings.postgres,
                min_size=1,
                max_size=most,
                command_timeout=COMMAND_SECONDS,
                server_settings=PLANNED,
            )
        except POSTGRES_AWAY as error:
            _log.warning("postgres.away", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)


async def connect(settings: Settings) -> asyncpg.Connection[asyncpg.Record]:
    """One connection, for who holds a lock on it. Raises what is in `POSTGRES_AWAY`."""
    return await asyncpg.connect(settings.postgres, command_timeout=COMMAND_SECONDS)

"""The worker `adoption`: signals that were faster than their line's entry come to the site that is registered.

It keeps nothing: an account stands in the desk's list until the record knows whose it is, and merging twice says nothing.
"""

from __future__ import annotations

import asyncio

import asyncpg
import structlog

from services.eventsourcing.event_store import Retry
from services.registry.adapters.postgres_unknown_accounts import PostgresUnknownAccounts
from services.registry.bootstrap import registry_store
from services.registry.handlers.merge_overtaken import merge_overtaken
from services.runtime.clock import now_us
from services.runtime.postgres_pool import POSTGRES_AWAY
from services.runtime.settings import Settings

LOOK_S = 1.0
_log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Look and merge until cancelled."""
    while True:
        try:
            await _look_on(settings)
        except (*POSTGRES_AWAY, Retry) as error:
            _log.warning("adoption.again", reason=str(error), kind=type(error).__name__)
        await asyncio.sleep(LOOK_S)


async def _look_on(settings: Settings) -> None:
    async with asyncpg.create_pool(settings.postgres, min_size=1, max_size=1, command_timeout=30) as pool:
        accounts, store = PostgresUnknownAccounts(pool), registry_store(pool)
        said: set[str] = set()
        while True:
            for refused in await merge_overtaken(accounts, store, now_us()):
                if (why := str(refused)) not in said:
                    said.add(why)
                    _log.warning("adoption.refused", why=why)
            await asyncio.sleep(LOOK_S)

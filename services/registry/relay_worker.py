"""The relay: follows the store and tells router and ingest. Loops for ever; Kafka and PostgreSQL may go away.

Its position is moved only after the broker acknowledged; what is said twice does nothing the second time, as
the router takes positions only upwards.
"""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg
import structlog

from services.contracts.topics import PARTITIONS
from services.eventsourcing.event_store import Retry
from services.registry.adapters.kafka_directory import KafkaDirectory
from services.registry.bootstrap import registry_store
from services.registry.handlers.relay import next_page
from services.registry.ports import OutletFailed
from services.runtime.clock import now_us
from services.runtime.settings import Settings

PAGE = 1_000
POLL_S = 0.2
PAUSE_S = 1.0
_log = structlog.get_logger()

_MOVE = """
insert into registry.relay (partition, position) select n, $2 from generate_series(0, $1 - 1) as n
on conflict (partition) do update set position = excluded.position
"""
# Every partition must have a row; else begin at the beginning.
_WHERE = "select case when count(*) = $1 then min(position) else 0 end from registry.relay"


async def run(settings: Settings, *, prefix: str = "") -> None:
    """Relay until cancelled. A failure is logged, waited out and begun again from the kept position."""
    while True:
        try:
            await _relay(settings, prefix)
        except (OutletFailed, Retry, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("relay.again", reason=str(error), kind=type(error).__name__)
        await asyncio.sleep(PAUSE_S)


async def _relay(settings: Settings, prefix: str) -> None:
    async with asyncpg.create_pool(settings.postgres, min_size=1, max_size=2, command_timeout=30) as pool:
        outlet = KafkaDirectory(settings.kafka, prefix)
        try:
            await outlet.open()
            await _follow(pool, outlet)
        finally:
            with contextlib.suppress(asyncio.CancelledError):
                await outlet.close()


async def _follow(pool: asyncpg.Pool, outlet: KafkaDirectory) -> None:
    store = registry_store(pool)
    position: int = await pool.fetchval(_WHERE, PARTITIONS)
    while True:
        told = await next_page(store, position, PAGE, now_us())
        if told is None:
            await asyncio.sleep(POLL_S)
            continue
        await outlet.send(told.inbox, told.lines)
        await pool.execute(_MOVE, PARTITIONS, told.position)
        position = told.position

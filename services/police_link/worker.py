"""The process `outbound`: copies orders out of the record, and delivers them.

The filter (aiokafka, exactly what counts) writes police.orders; Faust's agent reads it and hands each order to its
bureau's queue; the deliveries post it and put the receipt into the inbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from zlib import crc32

import aiohttp
import asyncpg

from services.contracts.codec import encode
from services.contracts.topics import EVENTS, PARTITIONS, POLICE_ORDERS
from services.police_link import bootstrap
from services.police_link.adapters.faust_orders import make_app, run_app
from services.police_link.domain.notice import orders
from services.police_link.handlers.delivering import Bureaus
from services.runtime.acting_on_decisions import act_on_decisions
from services.runtime.counting import Counted
from services.runtime.health import mark_ready
from services.runtime.kafka_records import KafkaRecords
from services.runtime.postgres_pool import open_pool
from services.runtime.settings import Settings

READER = "police.orders"


async def run(settings: Settings, *, prefix: str = "") -> None:
    """Deliver until cancelled. `prefix` keeps tests apart. Raises `FaustEnded`: start the process again."""
    pool, records = await open_pool(settings, 4), KafkaRecords(settings.kafka)
    reading, assigned = asyncio.Event(), asyncio.Event()
    try:
        async with (
            aiohttp.ClientSession() as session,
            Bureaus(bootstrap.delivery(settings, pool, session, records, prefix)) as bureaus,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(_filter(settings, pool, records, reading, prefix))
            app = make_app(settings.kafka, bureaus, assigned, folder=settings.data_dir, prefix=prefix)
            group.create_task(run_app(app, assigned))
            await reading.wait()
            await assigned.wait()
            mark_ready(settings, "outbound")
    finally:
        await records.close()
        pool.terminate()


async def _filter(
    settings: Settings, pool: asyncpg.Pool, records: KafkaRecords, reading: asyncio.Event, prefix: str
) -> None:
    async def act(batch: Sequence[Counted]) -> None:
        for counted in batch:
            for order in orders(counted.partition, counted.offset, counted.decision):
                key = order.bureau or ""
                await records.append(
                    prefix + POLICE_ORDERS, crc32(key.encode()) % PARTITIONS, key, encode(order)
                )

    await act_on_decisions(
        settings.kafka, pool, prefix + READER, act, ready=reading.set, topic=prefix + EVENTS
    )

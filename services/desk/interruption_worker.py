"""The worker `interruptions`: alarm.events into schema desk_interruption_1, exactly once, from nothing if need be.

It runs beside the projector and stands in nobody's way: whatever fails is read again from where it was written.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from services.contracts.topics import EVENTS
from services.desk.adapters.postgres_interruptions import AnotherWriter, Batch, PostgresInterruptionWriter
from services.desk.domain.reading_place import chains_of
from services.runtime.counting import MANY, read_counting
from services.runtime.postgres_pool import POSTGRES_AWAY

if TYPE_CHECKING:
    from services.runtime.settings import Settings

AGAIN_SECONDS = 0.5
AWAY = (*POSTGRES_AWAY, KafkaError, AnotherWriter)
_log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Project for ever. Raises `LogBroken` or `Unreadable`: a person must look."""
    while True:
        try:
            await project(settings)
        except AWAY as error:
            _log.warning("interruptions.again", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)


async def project(settings: Settings, *, topic: str = EVENTS) -> None:
    """Project until Kafka or PostgreSQL is away."""
    connection = await asyncpg.connect(settings.postgres)
    try:
        writer = PostgresInterruptionWriter(connection)
        known, places = await writer.begin(settings.partitions)
        reading = read_counting(settings.kafka, chains_of(places), topic=topic, most=MANY)
        async with aclosing(reading) as batches:
            async for read in batches:
                batch = Batch()
                for counted in read:
                    batch.add(known, places[counted.partition], counted)
                if read:
                    await writer.write(batch, [places[one] for one in {c.partition for c in read}])
    finally:
        connection.terminate()

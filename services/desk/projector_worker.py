"""The process `projector`: alarm.events into schema desk_2, exactly once, from nothing if need be.

Whatever fails, the state in memory is thrown away and read again from PostgreSQL: a batch is either written with
its position or was never read.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from services.contracts.topics import EVENTS
from services.desk.adapters.postgres_projection import AnotherProjector, PostgresProjection, Rows, load_board
from services.desk.domain.reading_place import Place, chains_of
from services.runtime.counting import MANY, read_counting
from services.runtime.health import mark_ready
from services.runtime.metrics import READ, READ_UNTIL
from services.runtime.postgres_pool import POSTGRES_AWAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.runtime.settings import Settings

READER = "desk"
AGAIN_SECONDS = 0.5
AWAY = (*POSTGRES_AWAY, KafkaError, AnotherProjector)
_log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Project for ever. Raises `LogBroken` or `Unreadable`: a person must look."""
    while True:
        try:
            await project(settings, ready=lambda: mark_ready(settings, "projector"))
        except AWAY as error:
            _log.warning("projector.again", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)


async def project(
    settings: Settings, *, topic: str = EVENTS, ready: Callable[[], None] = lambda: None
) -> None:
    """Project until Kafka or PostgreSQL is away. `ready` is called when the first read was answered."""
    connection = await asyncpg.connect(settings.postgres)
    try:
        projection = PostgresProjection(connection)
        await projection.begin()
        board = await load_board(connection)
        views, places = board.views, board.places
        for partition in range(settings.partitions):
            places.setdefault(partition, Place(partition))
        reading = read_counting(settings.kafka, chains_of(places), topic=topic, most=MANY)
        async with aclosing(reading) as batches:
            told = False
            async for batch in batches:
                rows = Rows()
                for counted in batch:
                    rows.add(views, places[counted.partition], counted)
                if rows.moved:
                    await projection.write(rows, [places[partition] for partition in rows.moved])
                    READ.labels(READER).inc(len(batch))
                    READ_UNTIL.labels(READER).set(batch[-1].decision.time / 1_000_000)
                if not told:
                    ready()
                    told = True
    finally:
        connection.terminate()

"""The worker `accounting`: signals by line and minute, from the sockets and from the record, into PostgreSQL.

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
from services.desk.adapters.http_receivers import HttpReceivers
from services.desk.adapters.postgres_line_accounting import AnotherAccountant, PostgresLineAccounting
from services.desk.domain.line_accounting import count
from services.desk.domain.reading_place import chains_of
from services.runtime.clock import now_us
from services.runtime.counting import MANY, read_counting
from services.runtime.postgres_pool import POSTGRES_AWAY

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from services.desk.domain.line_accounting import CellKey, Recorded
    from services.runtime.settings import Settings

AGAIN_SECONDS = 0.5
LOOK_SECONDS = 1.0
AWAY = (*POSTGRES_AWAY, KafkaError, AnotherAccountant)
_log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Count for ever. Raises `LogBroken` or `Unreadable`: a person must look."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_again(lambda: count_record(settings)))
        group.create_task(_again(lambda: read_sockets(settings)))


async def _again(work: Callable[[], Coroutine[None, None, None]]) -> None:
    while True:
        try:
            await work()
        except AWAY as error:
            _log.warning("accounting.again", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)


async def count_record(settings: Settings, *, topic: str = EVENTS) -> None:
    """Count the record's signals until Kafka or PostgreSQL is away."""
    connection = await asyncpg.connect(settings.postgres)
    try:
        writer = PostgresLineAccounting(connection)
        places = await writer.begin(settings.partitions)
        reading = read_counting(settings.kafka, chains_of(places), topic=topic, most=MANY)
        async with aclosing(reading) as batches:
            async for batch in batches:
                cells: dict[CellKey, Recorded] = {}
                for one in batch:
                    count(cells, one.partition, one.offset, one.decision)
                    place = places[one.partition]
                    place.offset, place.head, place.decided_at = one.offset, one.head, one.decision.time
                if batch:
                    await writer.write_recorded(cells, [places[one] for one in {c.partition for c in batch}])
    finally:
        connection.terminate()


async def read_sockets(settings: Settings) -> None:
    """Keep what the receivers count, until PostgreSQL is away; while the receivers are, nothing is known of now."""
    receivers = HttpReceivers(settings.signals, settings.signal_token_file)
    connection = await asyncpg.connect(settings.postgres)
    try:
        writer = PostgresLineAccounting(connection)
        run, number = await writer.newest_run()
        since = await writer.doubted()
        while True:
            read = await receivers.counted_by_line(run, number)
            another = read is not None and read.run != run
            if read is not None and (read.lines or another):
                await writer.write_sockets(read, now_us())
                number = max((one.number for one in read.lines), default=0 if another else number)
                run = read.run
            unsure = read is None or read.spooled > 0
            if another or unsure != (since is not None):
                since = (since or now_us()) if unsure else None
                await writer.doubt(since)
            if read is None or not read.more:
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        connection.terminate()

"""Reads alarm.events into a book: a schema of PostgreSQL with a position of its own, exactly once, from nothing if need be.

Each book has its reader, its connection and its lock, so that none waits for another and each is built again without
the others. Whatever fails, the state in memory is thrown away and read again from PostgreSQL: a batch is either
written with its position or was never read.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from services.contracts.topics import EVENTS
from services.desk.domain.reading_place import Place, chains_of
from services.runtime.counting import MANY, read_counting
from services.runtime.metrics import READ, READ_UNTIL
from services.runtime.postgres_pool import POSTGRES_AWAY, connect

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence

    from services.eventsourcing.counting import Chain
    from services.runtime.counting import Counted, Reading
    from services.runtime.settings import Settings

AGAIN_SECONDS = 0.5
_log = structlog.get_logger()


class AnotherReader(Exception):
    """Somebody else writes this book; try again later."""


AWAY = (*POSTGRES_AWAY, KafkaError, AnotherReader)


class Book(Protocol):
    """What is read into. `name`: as metrics and the log call it; `lock`: who holds it on its connection may write."""

    @property
    def name(self) -> str:
        """A word."""
        ...

    @property
    def lock(self) -> int:
        """A number of its own."""
        ...

    async def begin(self) -> Mapping[int, Place]:
        """How far it goes, by partition; what it needs in memory is read now."""
        ...

    async def take(self, batch: Sequence[Counted], places: Mapping[int, Place]) -> None:
        """Fold the decisions, move their places on and write both: all of it or nothing."""
        ...


async def again(name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Do it for ever, anew whenever Kafka, PostgreSQL or the lock is away."""
    while True:
        try:
            await work()
        except AWAY as error:
            _log.warning("reader.again", reader=name, error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)


async def read_into(
    open_book: Callable[[asyncpg.Connection[asyncpg.Record]], Book],
    settings: Settings,
    *,
    topic: str = EVENTS,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Read until something is away (`AWAY`). `ready`: the first read was answered. Raises `LogBroken`, `Unreadable`."""
    connection = await connect(settings)
    try:
        book = open_book(connection)
        if not await connection.fetchval("select pg_try_advisory_lock($1)", book.lock):
            raise AnotherReader(f"another process holds the lock of {book.name}")

        def reading(chains: Mapping[int, Chain]) -> AsyncGenerator[Sequence[Counted], None]:
            return read_counting(settings.kafka, chains, topic=topic, most=MANY)

        await read_on(book, reading, range(settings.partitions), ready)
    finally:
        connection.terminate()


async def read_on(
    book: Book, reading: Reading, partitions: Iterable[int], ready: Callable[[], None] = lambda: None
) -> None:
    """The same for a book that nobody else writes, however the record is read."""
    places = {number: Place(number) for number in partitions} | dict(await book.begin())
    told = False
    async with aclosing(reading(chains_of(places))) as batches:
        async for batch in batches:
            if batch:
                await book.take(batch, places)
                READ.labels(book.name).inc(len(batch))
                READ_UNTIL.labels(book.name).set(batch[-1].decision.time / 1_000_000)
            if not told:
                ready()
                told = True

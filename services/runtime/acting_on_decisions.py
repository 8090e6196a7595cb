"""Processes whose work is an effect of decisions: read what counts, act, and only then move the place.

The place is a row per partition (design, section 3, points 9 and 10). Killed between the act and the move, the
process acts again on the same decisions: every effect is idempotent by an id or by content.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from copy import copy
from typing import Protocol

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from services.contracts.topics import EVENTS, PARTITIONS
from services.eventsourcing.counting import Chain
from services.eventsourcing.ports import AppendUnknown
from services.runtime.counting import MANY, Counted, Reading, read_counting
from services.runtime.metrics import READ, READ_UNTIL
from services.runtime.postgres_pool import POSTGRES_AWAY

AGAIN_SECONDS = 0.3
FEW = 500  # a reader that lies behind gets up to 2,000 at once
AWAY = (*POSTGRES_AWAY, KafkaError, AppendUnknown)
Act = Callable[[Sequence[Counted]], Awaitable[None]]
_log = structlog.get_logger()

_MOVE = """
insert into jiejing.reading_place (reader, partition, "offset", head)
select $1, * from unnest($2::int[], $3::bigint[], $4::bytea[])
on conflict (reader, partition) do update set "offset" = excluded."offset", head = excluded.head
"""


class Places(Protocol):
    """Where one reader of decisions goes on: a place for each partition, which survives it."""

    async def load(self) -> dict[int, Chain]:
        """Of every partition; where nothing was kept, its beginning."""

    async def move(self, chains: Mapping[int, Chain], moved: set[int]) -> None:
        """Keep the places of the partitions `moved`, all or none."""


async def act_on_decisions(  # noqa: PLR0913 - where, who, what, and how it is said
    kafka: str,
    pool: asyncpg.Pool,
    reader: str,
    act: Act,
    *,
    ready: Callable[[], None] = lambda: None,
    caught_up: Callable[[], None] = lambda: None,
    topic: str = EVENTS,
) -> None:
    """`act_as_told` on Kafka and PostgreSQL."""

    def reading(chains: Mapping[int, Chain]) -> AsyncGenerator[Sequence[Counted], None]:
        return read_counting(kafka, chains, topic=topic, most=MANY)

    places = PostgresPlaces(pool, reader)
    await act_as_told(reading, places, reader, act, ready=ready, caught_up=caught_up)


async def act_as_told(  # noqa: PLR0913 - the same
    reading: Reading,
    places: Places,
    reader: str,
    act: Act,
    *,
    ready: Callable[[], None] = lambda: None,
    caught_up: Callable[[], None] = lambda: None,
) -> None:
    """Read for ever; `act` gets every batch of counting decisions. What fails is begun again from the kept place.

    `ready` is called after each read, `caught_up` after each that found little that is new.

    Raises `LogBroken` or `Unreadable`: a person must look.
    """
    while True:
        try:
            chains = await places.load()
            async with aclosing(reading(chains)) as batches:
                async for batch in batches:
                    if batch:
                        await act(batch)
                        await places.move(chains, {counted.partition for counted in batch})
                        READ.labels(reader).inc(len(batch))
                        READ_UNTIL.labels(reader).set(batch[-1].decision.time / 1_000_000)
                    if len(batch) < FEW:
                        caught_up()
                    ready()
        except AWAY as error:
            _log.warning("acting again", reader=reader, error=repr(error))
        await asyncio.sleep(AGAIN_SECONDS)


class PostgresPlaces:
    """`Places` in PostgreSQL, of the reader of this name."""

    def __init__(self, pool: asyncpg.Pool, reader: str) -> None:
        """`pool`: not owned."""
        self._pool, self._reader = pool, reader

    async def load(self) -> dict[int, Chain]:
        """See the port."""
        rows = await self._pool.fetch(
            'select partition, "offset", head from jiejing.reading_place where reader = $1', self._reader
        )
        chains = {partition: Chain() for partition in range(PARTITIONS)}
        return chains | {row["partition"]: Chain(row["offset"], row["head"]) for row in rows}

    async def move(self, chains: Mapping[int, Chain], moved: set[int]) -> None:
        """See the port."""
        places = [(partition, chains[partition]) for partition in sorted(moved)]
        await self._pool.execute(
            _MOVE,
            self._reader,
            [partition for partition, _ in places],
            [chain.offset for _, chain in places],
            [chain.head for _, chain in places],
        )


class MemoryPlaces:
    """`Places` in memory: for tests and simulation. `partitions`: those that are read."""

    def __init__(self, partitions: Iterable[int] = range(PARTITIONS)) -> None:
        """Everything from its beginning."""
        self.kept = {partition: Chain() for partition in partitions}

    async def load(self) -> dict[int, Chain]:
        """See the port."""
        return {partition: copy(chain) for partition, chain in self.kept.items()}

    async def move(self, chains: Mapping[int, Chain], moved: set[int]) -> None:
        """See the port."""
        self.kept.update((partition, copy(chains[partition])) for partition in sorted(moved))

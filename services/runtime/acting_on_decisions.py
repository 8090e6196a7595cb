"""Processes whose work is an effect of decisions: read what counts, act, and only then move the place.

The place is a row per partition (design, section 3, points 9 and 10). Killed between the act and the move, the
process acts again on the same decisions: every effect is idempotent by an id or by content.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from services.contracts.topics import EVENTS, PARTITIONS
from services.eventsourcing.counting import Chain
from services.eventsourcing.ports import AppendUnknown
from services.runtime.counting import MANY, Counted, read_counting
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
    """Read for ever; `act` gets every batch of counting decisions. What fails is begun again from the kept place.

    `ready` is called after each read, `caught_up` after each that found little that is new.

    Raises `LogBroken` or `Unreadable`: a person must look.
    """
    while True:
        try:
            chains = await _places(pool, reader)
            async for batch in read_counting(kafka, chains, topic=topic, most=MANY):
                if batch:
                    await act(batch)
                    await _move(pool, reader, chains, {counted.partition for counted in batch})
                    READ.labels(reader).inc(len(batch))
                    READ_UNTIL.labels(reader).set(batch[-1].decision.time / 1_000_000)
                if len(batch) < FEW:
                    caught_up()
                ready()
        except AWAY as error:
            _log.warning("acting again", reader=reader, error=repr(error))
        await asyncio.sleep(AGAIN_SECONDS)


async def _places(pool: asyncpg.Pool, reader: str) -> dict[int, Chain]:
    rows = await pool.fetch(
        'select partition, "offset", head from jiejing.reading_place where reader = $1', reader
    )
    chains = {partition: Chain() for partition in range(PARTITIONS)}
    return chains | {row["partition"]: Chain(row["offset"], row["head"]) for row in rows}


async def _move(pool: asyncpg.Pool, reader: str, chains: Mapping[int, Chain], moved: set[int]) -> None:
    places = [(partition, chains[partition]) for partition in sorted(moved)]
    await pool.execute(
        _MOVE,
        reader,
        [partition for partition, _ in places],
        [chain.offset for _, chain in places],
        [chain.head for _, chain in places],
    )

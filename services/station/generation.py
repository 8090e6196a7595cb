"""`jiejing generation begin`: the record and the inbox go on in new topics, which carry what the old ones came to.

While nothing else runs. First everything is folded; where that finds nothing amiss, or two persons said what to leave out,
the record's new topic is made and the old topics are sealed, so that from there on nobody can write to them. Then each
partition says its first decisions, and at last the new inbox is made: that is the instant from which on every process
finds the new generation, and all of it. Broken off before, nothing reads what was begun, and it is begun again.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

import asyncpg
import msgspec
from aiokafka.errors import KafkaError

from services.alarm_router.bootstrap import begin_generation, fold_generation
from services.contracts.codec import Unreadable
from services.contracts.envelope import GenerationBegun, OldHead
from services.contracts.topics import EVENTS, INBOX, PARTITIONS, topic_of
from services.eventsourcing.counting import Chain
from services.eventsourcing.ports import LogError
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.postgres_pool import POSTGRES_AWAY
from services.station.adapters.kafka_topics import (
    all_topics,
    drop_topics,
    make_topics,
    replicas_of,
    seal_topics,
    wanted_topics,
)
from services.station.copies.tables import read_again
from services.station.errors import StationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from services.alarm_router.handlers.generation import Old
    from services.runtime.settings import Settings
    from services.station.adapters.kafka_topics import Topic
    from services.station.up import Say

_FURTHEST = """
select partition, max(place) from (
    select partition, "offset" as place from jiejing.reading_place
    union all select partition, "offset" + 1 from desk_2.position
) as reading group by partition
"""


class Order(msgspec.Struct, frozen=True):
    """Two persons' word. `by`: their ids; `cut`: partitions that go on from where their chain broke."""

    by: tuple[str, str]
    reason: str
    cut: frozenset[int]


class BegunPartition(msgspec.Struct, frozen=True):
    """One partition of the new generation. `begins`: its first offset; `head`: what it names; `left_out`: old records."""

    partition: int
    begins: int
    head: str
    left_out: int


class Begun(msgspec.Struct, frozen=True):
    """What was done."""

    generation: int
    partitions: tuple[BegunPartition, ...]


def newest_generation(kafka: str) -> int:
    """The one that counts. Raises `StationError`, also where a later one was begun and is not finished."""
    there = all_topics(kafka)
    newest = _newest(there)
    if topic_of(EVENTS, newest + 1) in there:
        raise StationError(
            f"generation {newest + 1} was begun and is not finished: run `jiejing generation begin` again"
        )
    return newest


def _newest(there: Collection[str]) -> int:
    return next(number for number in count(1) if topic_of(INBOX, number + 1) not in there)


async def begin(stores: Settings, order: Order, say: Say) -> Begun:
    """Begin the next generation. Raises `StationError`; then nothing has changed, or it is to be run again."""
    try:
        return await _begin(stores, order, say)
    except (LogError, Unreadable) as error:
        raise StationError(f"no new generation was begun: {error}") from error
    except (*POSTGRES_AWAY, KafkaError) as error:
        raise StationError(f"Kafka or PostgreSQL did not take it ({error!r}): run it again") from error


async def _begin(stores: Settings, order: Order, say: Say) -> Begun:
    newest = _newest(await asyncio.to_thread(all_topics, stores.kafka))
    say("folding the old generation")
    olds = [await _folded(stores.kafka, partition) for partition in range(PARTITIONS)]
    _find_short(olds, await _furthest(stores.postgres))
    _check(olds, order.cut)

    record, inbox = (_topic(name, newest + 1) for name in (EVENTS, INBOX))
    olds_topics = [topic_of(one, newest) for one in (INBOX, EVENTS)]
    replicas = await asyncio.to_thread(_prepare, stores.kafka, record, olds_topics)
    await _check_ends(stores.kafka, olds)
    heads = tuple(old.head for old in olds)
    for old in olds:
        say(f"partition {old.partition} goes on at offset {old.begins}")
        await begin_generation(stores.kafka, record.name, old, _genesis(old, newest + 1, heads, order))
    await _check_ends(stores.kafka, olds)
    if cut := {old.partition: Chain(old.begins, old.head.hash) for old in olds if old.broken}:
        await _read_again(stores.postgres, cut)
    await asyncio.to_thread(make_topics, stores.kafka, [inbox], replicas=replicas)
    told = (BegunPartition(old.partition, old.begins, old.head.hash.hex(), old.left_out) for old in olds)
    return Begun(newest + 1, tuple(told))


def _genesis(old: Old, generation: int, heads: tuple[OldHead, ...], order: Order) -> GenerationBegun:
    """Its pieces are counted when they are made."""
    return GenerationBegun(
        log_id=uuid7(),
        before=old.log_id,
        generation=generation,
        partition=old.partition,
        partitions=PARTITIONS,
        inbox_begins=old.inbox_end,
        heads=heads,
        pieces=0,
        left_out=old.left_out,
        reason=order.reason,
        by=order.by,
    )


async def _folded(kafka: str, partition: int) -> Old:
    try:
        return await fold_generation(kafka, partition)
    except LogError as error:
        raise StationError(
            f"partition {partition} cannot go on ({error}): restore a backup; nothing was changed"
        ) from error


def _find_short(olds: Sequence[Old], furthest: Mapping[int, int]) -> None:
    """A record that was read further than it reaches now was cut, however well the rest of it holds."""
    for old in olds:
        read = furthest.get(old.partition, 0)
        if not old.broken and read > old.end:
            old.broken = f"it ends at offset {old.end}, and was read up to {read}"


def _check(olds: Sequence[Old], cut: Collection[int]) -> None:
    for old in olds:
        lost = f"goes on at offset {old.begins} and leaves out {old.left_out} records"
        if old.broken and old.partition not in cut:
            raise StationError(
                f"partition {old.partition} does not hold together ({old.broken}):"
                f" with --cut {old.partition} it {lost}; nothing was changed"
            )
        if not old.broken and old.partition in cut:
            raise StationError(
                f"partition {old.partition} holds together: there is nothing to cut; nothing was changed"
            )


def _topic(log: str, generation: int) -> Topic:
    wanted = next(one for one in wanted_topics() if one.name == log)
    return wanted._replace(name=topic_of(log, generation))


def _prepare(kafka: str, record: Topic, old: Sequence[str]) -> int:
    """Away with what was begun before and not finished; then nobody writes to the old topics. How many replicas they have."""
    drop_topics(kafka, record.name.__eq__)
    replicas = replicas_of(kafka, old[0])
    make_topics(kafka, [record], replicas=replicas)
    seal_topics(kafka, old)
    return replicas


async def _check_ends(kafka: str, olds: Sequence[Old]) -> None:
    """That nobody wrote since they were folded."""
    for old in olds:
        logs = [KafkaEventLog(kafka, topic, old.partition) for topic in (INBOX, EVENTS)]
        try:
            now = [await log.end() for log in logs]
        finally:
            for log in logs:
                await log.close()
        if now != [old.inbox_end, old.end]:
            raise StationError(
                f"somebody wrote to partition {old.partition} meanwhile: stop every process, and run it again"
            )


async def _furthest(postgres: str) -> dict[int, int]:
    connection = await asyncpg.connect(postgres)
    try:
        return dict(map(tuple, await connection.fetch(_FURTHEST)))
    finally:
        await connection.close()


async def _read_again(postgres: str, cut: Mapping[int, Chain]) -> None:
    connection = await asyncpg.connect(postgres)
    try:
        await read_again(connection, cut)
    finally:
        await connection.close()

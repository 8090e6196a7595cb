"""Records out of a topic's partition and back in, at the same offsets and with the same stamps."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.kafka_clients import REQUEST_TIMEOUT_MS, let_go, new_consumer, new_producer
from services.runtime.kafka_log_reader import Generation, KafkaLogReader
from services.station.adapters.kafka_topics import Topic, wanted_topics
from services.station.copies.files import Copied
from services.station.copies.manifest import COPIED
from services.station.errors import StationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence

    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

POLL_MS: Final = 500
SILENT_S: Final = 60.0  # a broker that shows nothing for so long although the partition goes on
# While records are put in their own stamps count, also those of a broker whose clock ran ahead.
TAKES_STAMPS: Final = {
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": str((1 << 63) - 1),
    "cleanup.policy": "delete",
    "retention.ms": "-1",
}


def copied_topics() -> tuple[list[Topic], list[Topic]]:
    """The topics of a copy as they are made to be filled, and as they are then."""
    wanted = [one for one in wanted_topics() if one.name in COPIED]
    return [one._replace(config={**one.config, **TAKES_STAMPS}) for one in wanted], wanted


@cache
def copied_partitions() -> Mapping[str, int]:
    """How many partitions each topic of a copy has, by its name."""
    return {one.name: one.partitions for one in copied_topics()[1]}


async def records_of(kafka: str, topic: str, partition: int) -> AsyncGenerator[Sequence[Copied], None]:
    """What lies in the partition up to its end, as that is now, through all generations of the topic.

    Raises `KafkaError`, `StationError`.
    """
    for part in await _lies_in(kafka, TopicPartition(topic, partition)):
        consumer, place = new_consumer(kafka), TopicPartition(part.topic, partition)
        try:
            await consumer.start()
            consumer.assign([place])
            at = (await consumer.beginning_offsets([place]))[place]
            end = min((await consumer.end_offsets([place]))[place], part.ends - part.begins)
            consumer.seek(place, at)
            async with aclosing(_read(consumer, place, end)) as batches:
                async for batch in batches:
                    yield [one._replace(offset=part.begins + one.offset) for one in batch]
        finally:
            await let_go(consumer)


async def _lies_in(kafka: str, place: TopicPartition) -> Sequence[Generation]:
    reader = KafkaLogReader(kafka, place)
    try:
        await reader.start()
        return reader.generations
    finally:
        await let_go(reader)


async def _read(
    consumer: AIOKafkaConsumer, place: TopicPartition, end: int
) -> AsyncGenerator[Sequence[Copied], None]:
    clock = asyncio.get_running_loop().time
    heard = clock()
    while await consumer.position(place) < end:
        found = (await consumer.getmany(place, timeout_ms=POLL_MS)).get(place, [])
        if found:
            heard = clock()
            yield [Copied(r.offset, r.timestamp, r.key, r.value) for r in found if r.offset < end]
        elif clock() - heard > SILENT_S:
            raise StationError(
                f"Kafka shows nothing of {place.topic}, partition {place.partition}: try again"
            )


async def put_records(
    kafka: str, topic: str, partition: int, records: Iterable[Copied], *, same_offsets: bool
) -> AsyncGenerator[int, None]:
    """Put them into the empty partition in their order; how many so far, after each batch.

    Raises `StationError` where one did not land where it lay, and nothing more was put behind it.
    """
    producer = new_producer(kafka)
    place = TopicPartition(topic, partition)
    done, rest = 0, iter(records)
    try:
        await producer.start()
        while batch := _batch(producer, rest):
            builder, taken, left = batch
            landed = await _landed(producer, builder, place)
            if landed != done or (same_offsets and taken[0].offset != landed):
                raise StationError(
                    f"{topic}, partition {partition}: the record of offset {taken[0].offset} landed at {landed};"
                    " somebody else writes there, or the copy has a gap"
                )
            done, rest = done + len(taken), chain(left, rest)
            yield done
    except (KafkaError, TimeoutError) as error:
        raise StationError(f"Kafka does not take {topic}, partition {partition} ({error!r})") from error
    finally:
        await let_go(producer)


def _batch(
    producer: AIOKafkaProducer, records: Iterator[Copied]
) -> tuple[object, list[Copied], list[Copied]] | None:
    """One produce request: what it holds, and what was taken and did not fit any more."""
    builder, taken = producer.create_batch(), list[Copied]()
    for record in records:
        if builder.append(key=record.key, value=record.value, timestamp=record.stamp_ms) is None:
            return builder, taken, [record]
        taken.append(record)
    return (builder, taken, []) if taken else None


async def _landed(producer: AIOKafkaProducer, builder: object, place: TopicPartition) -> int:
    sent = await producer.send_batch(builder, place.topic, partition=place.partition)
    async with asyncio.timeout(REQUEST_TIMEOUT_MS * 12 / 1000):
        metadata = await sent
    return int(metadata.offset)

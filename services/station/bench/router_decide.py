"""`router.decide`: decisions a second with the inbox filled before; one partition, then twelve."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from aiokafka import TopicPartition

from services.alarm_router.bootstrap import code_version, genesis
from services.contracts.codec import encode
from services.contracts.topics import INBOX, PARTITIONS
from services.runtime.clock import now_us
from services.runtime.kafka_clients import new_consumer, new_producer
from services.runtime.kafka_event_log import KafkaEventLog
from services.station.bench.broker import CHUNK, Bench, append_all
from services.station.bench.figure import Figure
from services.station.bench.running import LOG_ID, running, until_end
from services.station.bench.workload import SITES, Workload

DECIDED = 50_000
PASSED = "decide.passed"


async def router_decide(bench: Bench) -> list[Figure]:
    """The two figures, each with the pass-through of its own inbox."""
    count = DECIDED // 10 if bench.quick else DECIDED
    await bench.topics(PASSED)
    return [
        await _decided(bench, "router.decide", 1, count),
        await _decided(bench, "router.decide.12_partitions", PARTITIONS, count),
    ]


async def _decided(bench: Bench, name: str, partitions: int, count: int) -> Figure:
    await bench.topics(name)
    logs = [(bench.inbox(name, number), bench.events(name, number)) for number in range(partitions)]
    filled = [await fill(*both, number, count // partitions) for number, both in enumerate(logs)]
    await asyncio.gather(*(log.close() for both in logs for log in both))
    passed = await pass_through(bench, name, filled, PASSED)
    seconds, cpu, decided = await decide(bench, name, filled)
    yardstick = "aiokafka getmany, send_batch of the same inbox"
    cpu_us = cpu / decided * 1e6
    return Figure(name, decided / seconds, "decisions/s", yardstick, passed, cpu_us, done=decided)


async def fill(
    inbox: KafkaEventLog, events: KafkaEventLog, partition: int, count: int, sites: int = SITES
) -> int:
    """Write genesis, the register and so many records; how many inbox records there are."""
    await append_all(events, [encode(genesis(partition, LOG_ID, now_us(), code_version()))])
    workload = Workload(partition, LOG_ID, sites=sites)
    values = workload.directory(now_us())
    values += [workload.next(now_us()) for _ in range(count)]
    await append_all(inbox, values)
    return len(values)


async def decide(bench: Bench, name: str, filled: Sequence[int]) -> tuple[float, float, int]:
    """Seconds and CPU seconds from the first whole partition to the last decision; how many there are (behind genesis)."""
    ends = [bench.events(name, number) for number in range(len(filled))]
    async with running(bench, name, len(filled)) as watch:
        for log, count in zip(ends, filled, strict=True):
            await until_end(log, count + 1, watch)
        seconds, cpu = time.perf_counter() - watch.first_at, time.process_time() - watch.first_cpu
    decided = sum([await log.end() - 1 for log in ends])
    for log in ends:
        await log.close()
    return seconds, cpu, decided


async def pass_through(bench: Bench, name: str, filled: Sequence[int], passed: str) -> float:
    """Records a second of the plainest program that could: read a batch, send it, wait for its offset."""
    consumer, producer = new_consumer(bench.kafka), new_producer(bench.kafka)
    await consumer.start()
    await producer.start()
    places = [TopicPartition(f"{name}.{INBOX}", number) for number in range(len(filled))]
    consumer.assign(places)
    for place in places:
        consumer.seek(place, 0)
    began, left = time.perf_counter(), sum(filled)
    while left > 0:
        for place, messages in (await consumer.getmany(timeout_ms=1000, max_records=CHUNK)).items():
            batch = producer.create_batch()
            for message in messages:
                batch.append(key=None, value=message.value, timestamp=None)
            await (await producer.send_batch(batch, f"{passed}.{INBOX}", partition=place.partition))
            left -= len(messages)
    seconds = time.perf_counter() - began
    await consumer.stop()
    await producer.stop()
    return sum(filled) / seconds

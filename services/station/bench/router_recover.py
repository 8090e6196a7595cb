"""`router.recover`: own a partition of a million decisions again, without a snapshot and with one."""

from __future__ import annotations

import asyncio
import time
from itertools import islice
from typing import NamedTuple

from aiokafka import TopicPartition

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import code_version, genesis
from services.alarm_router.bootstrap import snapshots as snapshots_of
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.snapshot import freeze
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.folding import read
from services.alarm_router.handlers.snapshot_keeper import EVERY
from services.alarm_router.ports import Snapshots
from services.contracts.codec import digest, encode
from services.contracts.topics import EVENTS
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_clients import new_consumer
from services.runtime.kafka_event_log import KafkaLogWriter
from services.station.bench.broker import CHUNK, Bench
from services.station.bench.database import a_database
from services.station.bench.figure import Figure
from services.station.bench.running import LIMIT_S, LOG_ID, running
from services.station.bench.workload import Workload, signal
from services.station.errors import StationError

NAME = "router.recover"
DECISIONS = 1_000_000
STEP_US = 25_000  # between two records of the past: every claim then comes before its alarm falls due


class Past(NamedTuple):
    """What lies in the topics `name`: so many decisions were `asked` for and `written`; read in `consumed` seconds."""

    name: str
    asked: int
    written: int
    consumed: float


async def router_recover(bench: Bench) -> list[Figure]:
    """Without a snapshot, and with one."""
    return await recovered(bench, NAME, DECISIONS // 10 if bench.quick else DECISIONS)


async def recovered(bench: Bench, name: str, count: int) -> list[Figure]:
    """Seconds until whole, beside only reading the same partition.

    The snapshot lies as far back as one of a busy partition does on average.
    """
    await bench.topics(name)
    async with a_database(bench, name) as settings, snapshots_of(settings) as kept:
        written = await _write_past(bench, name, count, kept)
        if await kept.newest(0) is None:
            raise StationError(f"no figure, there is no snapshot of a past of {count:,} decisions")
        consumed = await _consume(bench, name, written)
        past = Past(name, count, written, consumed)
        return [
            await _recovered(bench, past, "", MemorySnapshots()),
            await _recovered(bench, past, ".snapshot", kept),
        ]


async def _recovered(bench: Bench, past: Past, which: str, snapshots: Snapshots) -> Figure:
    began, cpu = time.perf_counter(), time.process_time()
    async with running(bench, past.name, 1, snapshots) as watch:
        seconds, cpu = watch.first_at - began, watch.first_cpu - cpu
        known = await _went_on(bench, past.name)
    unit, yardstick, cpu_us = f"s for {past.asked:,}", "aiokafka getmany of all", cpu / past.written * 1e6
    return Figure(f"{NAME}{which}", seconds, unit, yardstick, past.consumed, cpu_us, done=known)


async def _went_on(bench: Bench, name: str) -> int:
    """How many decisions it knows that goes on behind all of them. Raises `LogBroken` where it knows others."""
    inbox, events = bench.inbox(name), bench.events(name)
    known = await events.end()
    (last,) = await read(events, known - 1, known - 1)
    chain, source = Chain(known, digest(last.value)), -1
    writer = await inbox.open_writer()
    at = await writer.append([encode(signal(uuid7(), "after", 0, now_us(), "OP"))])
    async with asyncio.timeout(LIMIT_S):
        while source < at:
            for record in await events.read(chain.offset, most=CHUNK, wait_s=1):
                decision = chain.take(record)
                source = source if decision is None else decision.source.offset
    await asyncio.gather(writer.close(), inbox.close(), events.close())
    return known


async def _write_past(bench: Bench, name: str, count: int, kept: Snapshots) -> int:
    """Decide a past in memory and write both lists; how many decisions there are."""
    inbox, events = bench.inbox(name), bench.events(name)
    inbox_writer, events_writer = await inbox.open_writer(), await events.open_writer()
    at = now_us() - count * STEP_US
    begun = encode(genesis(0, LOG_ID, at, code_version()))
    owned: Partition[State] = Partition(AlarmRouter(), 0, code_version())
    owned.fold(Record(0, at, begun))
    await events_writer.append([begun])
    workload, source = Workload(0, LOG_ID), 0
    coming = iter(workload.directory(at))
    while source < count:
        values = list(islice(coming, CHUNK)) or [
            workload.next(at + (source + i) * STEP_US) for i in range(CHUNK)
        ]
        await _write_chunk(owned, values, source, at, inbox_writer, events_writer)
        source += len(values)
        if count - EVERY < source <= count - EVERY + CHUNK:
            at_last = owned.snapshot(freeze(owned.state))
            await kept.keep(0, at_last)
    await asyncio.gather(inbox_writer.close(), events_writer.close())
    return source + 1


async def _write_chunk(  # noqa: PLR0913 - one chunk, everything it takes
    owned: Partition[State],
    values: list[bytes],
    source: int,
    at: int,
    inbox: KafkaLogWriter,
    events: KafkaLogWriter,
) -> None:
    records = (Record(source + i, at + (source + i) * STEP_US, value) for i, value in enumerate(values))
    decided = [value for record in records if (value := owned.decide(record)) is not None]
    await asyncio.gather(inbox.append(values), events.append(decided))


async def _consume(bench: Bench, name: str, count: int) -> float:
    """Seconds to read the same partition and do nothing with it."""
    consumer = new_consumer(bench.kafka)
    await consumer.start()
    place = TopicPartition(f"{name}.{EVENTS}", 0)
    consumer.assign([place])
    consumer.seek(place, 0)
    began, left = time.perf_counter(), count
    while left > 0:
        left -= sum(map(len, (await consumer.getmany(timeout_ms=1000, max_records=5000)).values()))
    seconds = time.perf_counter() - began
    await consumer.stop()
    return seconds

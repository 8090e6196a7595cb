"""`replay.fold`: the picture at the end of a partition's month, folded from the log as history does it."""

from __future__ import annotations

import time
from itertools import islice

import asyncpg

from services.alarm_router.bootstrap import code_version, genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts.codec import encode
from services.contracts.envelope import Tick
from services.contracts.topics import EVENTS
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.replay.bootstrap import reading_room
from services.replay.domain.stand import Until
from services.replay.handlers.reading import records
from services.replay.handlers.room import no_pause, stand_at
from services.runtime.clock import now_us
from services.station.bench.broker import CHUNK, Bench
from services.station.bench.figure import Figure
from services.station.bench.running import LOG_ID
from services.station.bench.workload import Workload
from services.station.errors import StationError

NAME = "replay.fold"
DECISIONS = 400_000
TICK = 100  # records
STEP_US = 6_500_000  # between two records of the past: a month, in which most alarms are archived


async def replay_fold(bench: Bench) -> list[Figure]:
    """One figure."""
    return [await folded(bench, NAME, DECISIONS // 10 if bench.quick else DECISIONS)]


async def folded(bench: Bench, name: str, count: int) -> Figure:
    """Decisions folded a second, beside reading the same records in the same steps and doing nothing with them."""
    await bench.topics(name)
    written = await _write_past(bench, name, count)
    consumed = await _read(bench, name)
    unopened = asyncpg.create_pool(bench.settings.postgres)  # folding needs no database
    room = reading_room(bench.settings, unopened, events=f"{name}.{EVENTS}")
    began, cpu = time.perf_counter(), time.process_time()
    stand = await stand_at(room, 0, Until(time=now_us()))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if stand.offset != written - 1:
        raise StationError(f"no figure: folded up to {stand.offset}, {written} were written")
    yardstick, cpu_us = "only reading them", cpu / written * 1e6
    return Figure(
        NAME, written / seconds, "decisions/s", yardstick, written / consumed, cpu_us, done=stand.offset + 1
    )


async def _write_past(bench: Bench, name: str, count: int) -> int:
    """Decide a past in memory and write its decisions; how many there are."""
    writer = await bench.events(name).open_writer()
    at = now_us() - (count + CHUNK) * STEP_US
    decided = [encode(genesis(0, LOG_ID, at, code_version()))]
    owned: Partition[State] = Partition(AlarmRouter(), 0, code_version())
    owned.fold(Record(0, at, decided[0]))
    await writer.append(decided)
    workload, source, written = Workload(0, LOG_ID), 0, 1
    coming = iter(workload.directory(at))
    while source < count:
        values = list(islice(coming, CHUNK)) or _stories(workload, at + source * STEP_US)
        past = (Record(source + i, at + (source + i) * STEP_US, value) for i, value in enumerate(values))
        decided = [value for record in past if (value := owned.decide(record)) is not None]
        await writer.append(decided)
        source, written = source + len(values), written + len(decided)
    await writer.close()
    return written


def _stories(workload: Workload, at: int) -> list[bytes]:
    """The next records, and among them the ticks on which alarms are archived."""
    values = []
    for number in range(CHUNK):
        now = at + number * STEP_US
        if number % TICK == 0:
            workload.skip()
            values.append(encode(Tick(sender="bench", sent_at=now)))
        else:
            values.append(workload.next(now))
    return values


async def _read(bench: Bench, name: str) -> float:
    """Seconds to read the partition."""
    log = bench.events(name)
    began = time.perf_counter()
    async for _ in records(log, 0, await log.end(), no_pause):
        pass
    seconds = time.perf_counter() - began
    await log.close()
    return seconds

"""Several router processes on one broker: what they decide together while each owns its share of the partitions.

The processes are those of a station, with a database for their snapshots. Each inbox is filled before. What is counted
lies between the moment at which all of them are ready and the moment at which the first partition has nothing left,
so that everybody has work all the time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from services.contracts.topics import EVENTS, INBOX, PARTITIONS
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Settings
from services.station.adapters.child import Child
from services.station.adapters.data_folder import make_folders
from services.station.adapters.kafka_topics import is_writable, make_topics, wanted_topics
from services.station.bench.broker import a_bench
from services.station.bench.database import a_database
from services.station.bench.router_decide import fill
from services.station.bench.running import LIMIT_S
from services.station.bench.workload import SITES
from services.station.errors import StationError
from services.station.processes import service_child
from services.station.supervisor import Supervisor

EACH = 40_000  # records of a partition: enough until the last process is ready
LOOK_S = 0.05


async def decided_together(processes: int, *, quick: bool) -> float:
    """Decisions a second of so many processes. Raises `StationError` where one was done before all were ready."""
    each = EACH // 4 if quick else EACH
    async with a_bench(quick=quick) as own, a_database(own, "routers") as settings:
        await asyncio.to_thread(make_topics, own.kafka, wanted_topics())
        while not await is_writable(own.kafka):
            await asyncio.sleep(LOOK_S)
        logs = [KafkaEventLog(own.kafka, EVENTS, number) for number in range(PARTITIONS)]
        ends = [await _filled(own.kafka, log, number, each) for number, log in enumerate(logs)]
        try:
            async with Supervisor(settings, lambda _: None) as supervisor:
                await supervisor.start([_router(settings, number, processes) for number in range(processes)])
                return await _rate(logs, ends)
        finally:
            await asyncio.gather(*(log.close() for log in logs))


async def _filled(kafka: str, events: KafkaEventLog, partition: int, count: int) -> int:
    """Where the record will end."""
    inbox = KafkaEventLog(kafka, INBOX, partition)
    filled = await fill(inbox, events, partition, count, SITES)
    await inbox.close()
    return filled + 1


def _router(settings: Settings, number: int, processes: int) -> Child:
    """One of them: its partitions, and a folder of its own in which it says that it is ready."""
    own = settings.model_copy(
        update={
            "data_dir": settings.data_dir / f"router-{number}",
            "router_partitions": tuple(range(number, PARTITIONS, processes)),
        }
    )
    make_folders(own)
    return replace(service_child("router", own), name=f"router-{number}")


async def _rate(logs: Sequence[KafkaEventLog], ends: Sequence[int]) -> float:
    began, before = time.perf_counter(), await _lengths(logs)
    now = before
    async with asyncio.timeout(LIMIT_S):
        while not _any_done(now, ends):
            await asyncio.sleep(LOOK_S)
            now = await _lengths(logs)
    if _any_done(before, ends):
        raise StationError("no figure, a partition was done before all routers were ready: run it again")
    return (sum(now) - sum(before)) / (time.perf_counter() - began)


def _any_done(lengths: Sequence[int], ends: Sequence[int]) -> bool:
    return any(length >= end for length, end in zip(lengths, ends, strict=True))


async def _lengths(logs: Sequence[KafkaEventLog]) -> list[int]:
    return list(await asyncio.gather(*(log.end() for log in logs)))

"""What lies in the record and the inbox of a station that runs, and what it implies."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from services.contracts.envelope import Decision
from services.contracts.topics import EVENTS, PARTITIONS
from services.eventsourcing.counting import Chain
from services.eventsourcing.ports import Record
from services.picture.alarm_view import Views, changes
from services.runtime.kafka_event_log import KafkaEventLog
from tests.chaos.a_station import Station

PATIENCE_S = 240.0
Logs = dict[int, list[Record]]


def jiejing(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.station", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


async def read(kafka: str, topic: str) -> Logs:
    """Every record that lies in the topic now."""
    return {partition: await read_partition(kafka, topic, partition) for partition in range(PARTITIONS)}


async def read_partition(kafka: str, topic: str, partition: int, begin: int = 0) -> list[Record]:
    """Every record that lies there now, from `begin` on."""
    log, found = KafkaEventLog(kafka, topic, partition), list[Record]()
    try:
        end = await log.end()
        while begin + len(found) < end:
            found += await log.read(begin + len(found), most=1000, wait_s=5)
    finally:
        await log.close()
    return found[: max(0, end - begin)]


def decisions(records: list[Record]) -> list[tuple[Record, Decision]]:
    """Those that count."""
    chain = Chain()
    return [(one, decision) for one in records if (decision := chain.take(one)) is not None]


def folded(partition: int, records: list[Record]) -> Views:
    """What these records show."""
    views = Views()
    for one, decision in decisions(records):
        views.take(changes(views, partition, one.offset, decision))
    return views


async def rows(dsn: str, statement: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def until(said: str, holds: Callable[[], Awaitable[bool]], station: Station) -> None:
    """Wait for it."""
    began = time.monotonic()
    while not await holds():
        assert time.monotonic() - began < PATIENCE_S, f"still not: {said}\n{station.last_words()}"
        await asyncio.sleep(0.5)


async def until_read(station: Station) -> None:
    """Wait until the read models show what the record implies."""

    async def holds() -> bool:
        now = await read(station.endpoints["kafka"], EVENTS)
        state = sorted(
            (view.id, view.offset, view.state)
            for partition, records in now.items()
            for view in folded(partition, records).alarms.values()
        )
        statement = (
            "select id, (view->>'offset')::bigint, state from desk_2.alarm where not archived order by id"
        )
        return state == await rows(station.endpoints["postgres"], statement)

    await until("the read models show what the record implies", holds, station)


@contextlib.contextmanager
def desk(station: Station, role: str) -> Iterator[httpx.Client]:
    """Somebody logged in, with the password from before."""
    with httpx.Client(base_url=station.endpoints["web"], timeout=30) as client:
        client.post("/api/session", json=station.endpoints["accounts"][role]).raise_for_status()
        yield client

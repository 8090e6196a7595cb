"""A station's record on the run's Kafka and PostgreSQL: decided by the router's own machine, shown by the projector."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts.codec import encode
from services.contracts.envelope import Tick
from services.contracts.topics import EVENTS, INBOX
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Settings
from services.station.bench.workload import Workload

NOW = 1_800_000_000_000_000
STEP = 1_000_000
LOG_ID = "01890000-0000-7000-8000-0000000000ff"


class Station(NamedTuple):
    """Where the record lies. Partitions 0 and 1 have a past of `RECORDS` decisions each, the others none."""

    settings: Settings
    inbox: str
    events: str


RECORDS = 170


def a_past(
    partition: int, *, sites: int = 4, records: int = RECORDS, step: int = STEP, ticks: bool = False
) -> tuple[list[bytes], list[bytes]]:
    """(inbox values, decisions) of a partition that lived through some stories, a record every `step`.

    `ticks`: every tenth record says that time has passed, so that alarms are archived.
    """
    owned: Partition[State] = Partition(AlarmRouter(), partition, "1.0")
    decided = [encode(genesis(partition, LOG_ID, NOW, "1.0"))]
    owned.fold(Record(0, NOW, decided[0]))
    workload = Workload(partition, LOG_ID, sites=sites)
    said = workload.directory(NOW)
    while len(said) < records - 1:
        said.append(_next(workload, NOW + len(said) * step, ticks=ticks and len(said) % 10 == 0))
    for offset, value in enumerate(said):
        sealed = owned.decide(Record(offset, NOW + offset * step, value))
        decided += [] if sealed is None else [sealed]
    return said, decided


def _next(workload: Workload, at: int, *, ticks: bool) -> bytes:
    if not ticks:
        return workload.next(at)
    workload.skip()
    return encode(Tick(sender="router", sent_at=at))


async def put(kafka: str, topic: str, partition: int, values: Sequence[bytes]) -> None:
    """Append them."""
    log = KafkaEventLog(kafka, topic, partition)
    writer = await log.open_writer()
    await writer.append(values)
    await writer.close()
    await log.close()


@pytest.fixture
async def station(kafka: str, database: str, topics: Callable[..., str]) -> Station:
    prefix = await asyncio.to_thread(topics, INBOX, EVENTS)
    inbox, events = prefix + INBOX, prefix + EVENTS
    for partition in range(12):
        said, decided = a_past(partition) if partition < 2 else ([], a_past(partition)[1][:1])
        await put(kafka, events, partition, decided)
        if said:
            await put(kafka, inbox, partition, said)
    return Station(Settings(kafka=kafka, postgres=database), inbox, events)

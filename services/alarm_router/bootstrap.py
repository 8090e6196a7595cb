"""Where the router is put together."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import asyncpg
import msgspec
from aiokafka.errors import KafkaError
from msgspec.structs import replace

from services.alarm_router.adapters.kafka_last_heard_book import KafkaLastHeardBook
from services.alarm_router.adapters.postgres_snapshots import PostgresSnapshots
from services.alarm_router.domain.machine import NO_LAW, AlarmRouter
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.generation import Old, fold_old, said, write
from services.alarm_router.handlers.host_watch import HostWatch, subject_of
from services.alarm_router.handlers.mending import Mended, Order, mend
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.alarm_router.handlers.resuming import resume
from services.alarm_router.handlers.shadowing import Shadowing
from services.alarm_router.handlers.silence_watch import SilenceWatch
from services.alarm_router.handlers.snapshot_keeper import SnapshotKeeper
from services.alarm_router.ports import Snapshots, Watcher
from services.contracts.codec import encode
from services.contracts.envelope import Accepted, Decision, GenerationBegun, LogBegun, Source
from services.contracts.topics import (
    EVENTS,
    INBOX,
    LAST_HEARD,
    LIVENESS,
    PARTITIONS,
    partition_of,
    subject_of_partition,
)
from services.eventsourcing.counting import NO_HEAD, LogBroken
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import AppendUnknown
from services.eventsourcing.shadow import Shadow
from services.law.pack import Law
from services.law.shelf import shipped
from services.runtime.clock import now_us
from services.runtime.host_clock import host_name, is_contained, measure
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.kafka_records import KafkaRecords
from services.runtime.settings import Settings

DEMO_SETTLE_S = 15  # nobody who looks at a demo waits for ten minutes
SERVICES = Path(__file__).parents[1]
FOLDED_BY = ("alarm_router/domain", "contracts", "eventsourcing")
CONNECT_S, COMMAND_S = 2.0, 30.0
LEADERLESS_TRIES = 20
LEADERLESS_PAUSE_S = 0.5


def code_version(law: Law = NO_LAW) -> str:
    """The version of the code that decides, as decisions carry it: the release, and a digest of what it decides by.

    So two that decide alike are told from two that merely bear the same number.
    """
    decides_by = _digest(*FOLDED_BY, "law", also=msgspec.json.encode(law, order="deterministic"))
    return f"{version('jiejing')}+{decides_by[:8]}"


def fold_version() -> str:
    """Names the code that folds: a digest of its sources, so that no state of another fold is ever taken for ours."""
    return _digest(*FOLDED_BY)[:16]


def law_of(settings: Settings) -> Law:
    """The shipped packs. How long an interruption settles is practice: the setting's, short in the demo, else theirs."""
    law = shipped()
    settle_s = settings.settle_s or (DEMO_SETTLE_S if settings.demo else None)
    return law if settle_s is None else replace(law, settle_us=settle_s * 1_000_000)


@lru_cache
def _digest(*folders: str, also: bytes = b"") -> str:
    text = hashlib.sha256(also)
    for folder in folders:
        for path in sorted((SERVICES / folder).rglob("*")):
            if path.suffix in {".py", ".toml"}:
                text.update(path.name.encode() + path.read_bytes())
    return text.hexdigest()


@contextlib.asynccontextmanager
async def snapshots(settings: Settings) -> AsyncIterator[PostgresSnapshots]:
    """Where states are kept. Opens no connection before it is asked: the router works without PostgreSQL."""
    async with asyncpg.create_pool(
        settings.postgres, min_size=0, max_size=2, timeout=CONNECT_S, command_timeout=COMMAND_S
    ) as pool:
        yield PostgresSnapshots(pool, fold_version())


def worker(  # noqa: PLR0913 - whose worker, and what it is given
    settings: Settings, partition: int, watcher: Watcher, company: Company, law: Law, kept: Snapshots
) -> PartitionWorker:
    """The worker of one partition on Kafka, which decides by these packs."""
    return PartitionWorker(
        partition,
        inbox=KafkaEventLog(settings.kafka, INBOX, partition),
        events=KafkaEventLog(settings.kafka, EVENTS, partition),
        clock=now_us,
        watcher=watcher,
        code=code_version(law),
        company=company,
        law=law,
        snapshots=kept,
    )


async def shadow(
    settings: Settings, partition: int, law: Law, kept: Snapshots | None = None, *, prefix: str = ""
) -> Shadowing:
    """The shadow of one partition, behind the newest of the snapshots `kept`, or at the beginning of the record.

    `prefix`: of the topics, for tests.
    """
    inbox = KafkaEventLog(settings.kafka, prefix + INBOX, partition)
    events = KafkaEventLog(settings.kafka, prefix + EVENTS, partition)
    folded: Partition[State] = Partition(AlarmRouter(law), partition, code_version(law))
    if kept is not None:
        await SnapshotKeeper(kept, partition).take_up(folded, events)
    return Shadowing(Shadow(folded, partition), inbox=inbox, events=events)


def silence_watch(
    settings: Settings, worker: PartitionWorker, partition: int, records: KafkaRecords, *, prefix: str = ""
) -> SilenceWatch:
    """The watch beside `worker`, which owns the partition. `records` writes the memories of all of them.

    `prefix`: of the topics, for tests.
    """
    return SilenceWatch(
        partition,
        digests=KafkaEventLog(settings.kafka, prefix + LIVENESS, partition),
        book=KafkaLastHeardBook(settings.kafka, partition, records, prefix + LAST_HEARD),
        inbox=KafkaEventLog(settings.kafka, prefix + INBOX, partition),
        look=worker.silence,
        clock=now_us,
    )


def host_watch(settings: Settings) -> HostWatch | None:
    """The watch of this host's clock, if its partition is one of this router's."""
    host = host_name()
    partition = partition_of(subject_of(host))
    if partition not in settings.router_partitions:
        return None
    inbox = KafkaEventLog(settings.kafka, INBOX, partition)
    return HostWatch(host, inbox=inbox, clock=now_us, measure=measure, contained=is_contained())


def genesis(partition: int, log_id: str, time: int, code: str) -> Decision:
    """The decision at offset 0 that names the log."""
    begun = LogBegun(log_id=log_id, partition=partition, partitions=PARTITIONS)
    return Decision(
        lies_at=0,
        prev=NO_HEAD,
        time=time,
        code=code,
        subject=subject_of_partition(partition),
        source=Source(offset=-1, hash=b""),
        id="genesis/0",
        answer=Accepted(),
        events=(begun,),
    )


async def mend_partition(
    kafka: str, partition: int, order: Order, *, inbox: str = INBOX, events: str = EVENTS
) -> Mended:
    """Pass over what stops the partition. Raises `NotMended`. `inbox`, `events`: the topics, for tests."""
    logs = KafkaEventLog(kafka, inbox, partition), KafkaEventLog(kafka, events, partition)
    try:
        return await mend(partition, order, inbox=logs[0], events=logs[1], clock=now_us, code=code_version())
    finally:
        await asyncio.gather(*(log.close() for log in logs))


async def resume_partition(
    kafka: str, partition: int, copied_at: int, *, inbox: str = INBOX, events: str = EVENTS
) -> int:
    """Let the copied log go on under a new name; the offset at which it says so. `inbox`, `events`: for tests.

    Raises `LogError` or `Unreadable`.
    """
    logs = KafkaEventLog(kafka, inbox, partition), KafkaEventLog(kafka, events, partition)
    try:
        return await resume(
            partition,
            inbox=logs[0],
            events=logs[1],
            log_id=uuid7(),
            copied_at=copied_at,
            code=code_version(),
        )
    finally:
        await asyncio.gather(*(log.close() for log in logs))


async def fold_generation(kafka: str, partition: int) -> Old:
    """What the newest generation of a partition came to. Raises `LogError` or `Unreadable`."""
    logs = KafkaEventLog(kafka, INBOX, partition), KafkaEventLog(kafka, EVENTS, partition)
    try:
        return await fold_old(partition, inbox=logs[0], events=logs[1], code=code_version())
    finally:
        await asyncio.gather(*(log.close() for log in logs))


async def begin_generation(kafka: str, topic: str, old: Old, begun: GenerationBegun) -> None:
    """Write a partition's first decisions into the empty topic. Raises `LogError`."""
    log = KafkaEventLog(kafka, topic, old.partition)
    try:
        await write(old, said(old, begun, now_us()), log)
    finally:
        await log.close()


async def write_genesis(kafka: str) -> None:
    """Begin the log of every partition that is new. Raises `LogBroken` where an inbox has no log to it.

    Runs before any process that writes; two at once do no harm, since only the one at offset 0 counts. A topic
    that was made a moment ago may have no leader yet: that is waited for.
    """
    await asyncio.gather(*(_begun(kafka, partition) for partition in range(PARTITIONS)))


async def _begun(kafka: str, partition: int) -> None:
    for _ in range(LEADERLESS_TRIES):
        try:
            return await _begin(kafka, partition)
        except (KafkaError, AppendUnknown, TimeoutError):
            await asyncio.sleep(LEADERLESS_PAUSE_S)
    return await _begin(kafka, partition)


async def _begin(kafka: str, partition: int) -> None:
    events, inbox = KafkaEventLog(kafka, EVENTS, partition), KafkaEventLog(kafka, INBOX, partition)
    try:
        if await events.end() > 0:
            return
        if await inbox.end() > 0:
            raise LogBroken(f"partition {partition} has an inbox but no decisions: restore a backup")
        writer = await events.open_writer()
        await writer.append([encode(genesis(partition, uuid7(), now_us(), code_version()))])
        await writer.close()
    finally:
        await events.close()
        await inbox.close()

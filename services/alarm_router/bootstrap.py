"""Where the router is put together."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.alarm_router.ports import Watcher
from services.contracts.codec import encode
from services.contracts.envelope import Accepted, Decision, LogBegun, Source
from services.contracts.topics import EVENTS, INBOX, PARTITIONS
from services.eventsourcing.counting import NO_HEAD, LogBroken
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Settings


def code_version() -> str:
    """The version of the code that decides, as decisions carry it."""
    return version("jiejing")


def worker(settings: Settings, partition: int, watcher: Watcher) -> PartitionWorker:
    """The worker of one partition on Kafka."""
    return PartitionWorker(
        partition,
        inbox=KafkaEventLog(settings.kafka, INBOX, partition),
        events=KafkaEventLog(settings.kafka, EVENTS, partition),
        clock=now_us,
        watcher=watcher,
        code=code_version(),
    )


def genesis(partition: int, log_id: str, time: int, code: str) -> Decision:
    """The decision at offset 0 that names the log."""
    begun = LogBegun(log_id=log_id, partition=partition, partitions=PARTITIONS)
    return Decision(
        lies_at=0,
        prev=NO_HEAD,
        time=time,
        code=code,
        subject=f"partition/{partition}",
        source=Source(offset=-1, hash=b""),
        id="genesis/0",
        answer=Accepted(),
        events=(begun,),
    )


async def write_genesis(kafka: str, settings: Settings | None = None) -> None:
    """Begin the log of every partition that is new. Raises `LogBroken` where an inbox has no log to it.

    Runs before any process that writes; two at once do no harm, since only the one at offset 0 counts.
    """
    del settings
    await asyncio.gather(*(_begin(kafka, partition) for partition in range(PARTITIONS)))


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

"""The router process: one task per partition; a partition that stops leaves the others alone."""

from __future__ import annotations

import asyncio
import gc

import structlog

from services.alarm_router import bootstrap
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.runtime.health import mark_ready
from services.runtime.kafka_records import KafkaRecords
from services.runtime.settings import Settings

WHOLE_YET_S = 0.5
WATCH_AGAIN_S = 10.0

log = structlog.get_logger()


class _Readiness:
    """Ready when every partition is whole or has stopped; what stopped is said in the log and by the feed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting = set(settings.router_partitions)

    def whole(self, partition: int) -> None:
        """See the port."""
        if not self._waiting:
            return
        self._waiting.discard(partition)
        if not self._waiting:
            gc.collect()
            gc.freeze()
            mark_ready(self._settings, "router")

    def stopped(self, partition: int, reason: str) -> None:
        """See the port."""
        del reason
        self.whole(partition)


async def run(settings: Settings) -> None:
    """Own the partitions of `settings.router_partitions` until cancelled."""
    readiness, company, law = _Readiness(settings), Company(), bootstrap.law_of(settings)
    records = KafkaRecords(settings.kafka)
    async with bootstrap.snapshots(settings) as kept, asyncio.TaskGroup() as group:
        for partition in settings.router_partitions:
            worker = bootstrap.worker(settings, partition, readiness, company, law, kept)
            group.create_task(worker.run())
            group.create_task(_watched(settings, worker, partition, records))
        if (watch := bootstrap.host_watch(settings)) is not None:
            group.create_task(watch.run())
        await asyncio.Event().wait()


async def _watched(
    settings: Settings, worker: PartitionWorker, partition: int, records: KafkaRecords
) -> None:
    """Watch silence, once the partition is whole.

    What nobody foresaw there must not keep the partition from deciding.
    """
    while worker.silence() is None:
        await asyncio.sleep(WHOLE_YET_S)
    while True:
        try:
            await bootstrap.silence_watch(settings, worker, partition, records).run()
        except Exception:
            log.exception("silence is not watched", partition=partition)
            await asyncio.sleep(WATCH_AGAIN_S)

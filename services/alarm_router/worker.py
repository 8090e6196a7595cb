"""The router process: one task per partition; a partition that stops leaves the others alone."""

from __future__ import annotations

import asyncio
import gc

from services.alarm_router import bootstrap
from services.alarm_router.handlers.company import Company
from services.law.shelf import shipped
from services.runtime.health import mark_ready
from services.runtime.settings import Settings


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
    readiness, company, law = _Readiness(settings), Company(), shipped()
    kept = await bootstrap.snapshots(settings)
    async with asyncio.TaskGroup() as group:
        for partition in settings.router_partitions:
            worker = bootstrap.worker(settings, partition, readiness, company, law, kept)
            group.create_task(worker.run())
            group.create_task(bootstrap.silence_watch(settings, worker, partition).run())
        if (watch := bootstrap.host_watch(settings)) is not None:
            group.create_task(watch.run())
        await asyncio.Event().wait()

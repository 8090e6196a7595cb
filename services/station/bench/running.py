"""The router's real workers on a bench's topics, in this process, so that their CPU can be told."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import code_version
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.alarm_router.ports import Snapshots
from services.law.shelf import shipped
from services.runtime.clock import now_us
from services.runtime.kafka_event_log import KafkaEventLog
from services.station.bench.broker import Bench
from services.station.errors import StationError

LOG_ID = "01890000-0000-7000-8000-0000000000ff"
LIMIT_S = 240.0
# A look at the end costs what twenty decisions do: far from it nobody looks often.
OFTEN_S, SELDOM_S = 0.01, 0.1
MANY = 10_000  # more than are decided between two looks that are seldom


class Watch:
    """Notes when the first partition was whole, and when all were."""

    def __init__(self, partitions: int) -> None:
        self._left = partitions
        self.first_at = 0.0
        self.first_cpu = 0.0
        self.over = asyncio.Event()
        self.why = ""

    def whole(self, partition: int) -> None:
        """See the port."""
        del partition
        self.first_at = self.first_at or time.perf_counter()
        self.first_cpu = self.first_cpu or time.process_time()
        self._left -= 1
        if self._left == 0:
            self.over.set()

    def stopped(self, partition: int, reason: str) -> None:
        """See the port."""
        self.why = f"partition {partition} stopped: {reason}"
        self.over.set()

    def ended(self, worker: asyncio.Task[None]) -> None:
        """A worker works until it is cancelled."""
        if not worker.cancelled() and (error := worker.exception()) is not None:
            self.why = self.why or f"a worker ended: {error!r}"
            self.over.set()

    def check(self) -> None:
        """Raise `StationError` when a partition stopped: there is no figure then."""
        if self.why:
            raise StationError(f"no figure, {self.why}")


@contextlib.asynccontextmanager
async def running(
    bench: Bench,
    name: str,
    partitions: int,
    snapshots: Snapshots | None = None,
    worker: type[PartitionWorker] = PartitionWorker,
) -> AsyncIterator[Watch]:
    """Workers of the first `partitions` partitions of the topics `name`, whole. `worker`: one with another machine."""
    kept = snapshots or MemorySnapshots()
    watch = Watch(partitions)
    logs = [(bench.inbox(name, number), bench.events(name, number)) for number in range(partitions)]
    company = Company()
    workers = [
        worker(
            number,
            inbox=inbox,
            events=events,
            clock=now_us,
            watcher=watch,
            code=code_version(),
            company=company,
            snapshots=kept,
            law=shipped(),
        )
        for number, (inbox, events) in enumerate(logs)
    ]
    gc.collect()
    gc.freeze()  # as the router's own process does: what else this one holds is none of the workers'
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    for task in tasks:
        task.add_done_callback(watch.ended)
    try:
        async with asyncio.timeout(LIMIT_S):
            await watch.over.wait()
        watch.check()
        yield watch
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        gc.unfreeze()
        for log in (log for pair in logs for log in pair):
            await log.close()


async def until_end(log: KafkaEventLog, end: int, watch: Watch) -> None:
    """Return when the log ends at `end` or behind it. Raises `StationError` when that takes beyond measure."""
    try:
        async with asyncio.timeout(LIMIT_S):
            while (left := end - await log.end()) > 0:
                watch.check()
                await asyncio.sleep(SELDOM_S if left > MANY else OFTEN_S)
    except TimeoutError as problem:
        raise StationError(f"no figure: not all was decided within {LIMIT_S:.0f} s") from problem

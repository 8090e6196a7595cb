"""A partition with a backlog makes room while others have work, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import genesis
from services.alarm_router.handlers.company import LATELY_S, Company
from services.alarm_router.handlers.partition_worker import BATCH, SHARED_BATCH, PartitionWorker
from services.contracts.codec import encode
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.ports import Record
from tests.unit.alarm_router.saying import LOG_ID, NOW, Desk
from tests.unit.alarm_router.test_partition_worker import Watched, end, until


class Noting(MemoryEventLog):
    """Notes how much was asked of it while it had something."""

    def __init__(self) -> None:
        super().__init__(lambda: NOW)
        self.asked: list[int] = []

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """See the port."""
        records = await super().read(offset, most=most, wait_s=wait_s)
        self.asked += [most] if records else []
        return records


async def asked(company: Company) -> list[int]:
    """What a worker of partition 0 asks of an inbox of four signals."""
    inbox, events, desk = Noting(), MemoryEventLog(lambda: NOW), Desk()
    events.put([encode(genesis(0, LOG_ID, NOW, "1.0"))])
    inbox.put([encode(desk.signal()) for _ in range(4)])
    worker = PartitionWorker(
        0,
        inbox=inbox,
        events=events,
        clock=lambda: NOW,
        watcher=Watched(),
        code="1.0",
        company=company,
        snapshots=MemorySnapshots(),
    )
    task = asyncio.create_task(worker.run())
    await until(lambda: len(events.records) == 5)
    await end(task)
    return inbox.asked


async def test_alone_it_takes_large_batches() -> None:
    assert await asked(Company()) == [BATCH]


async def test_in_company_it_takes_small_ones() -> None:
    company = Company()
    company.works(1, asyncio.get_running_loop().time())
    assert await asked(company) == [SHARED_BATCH]


def test_whoever_has_been_idle_for_a_while_is_no_company() -> None:
    company = Company()
    company.works(1, 10.0)
    assert company.others(0, 10.0 + LATELY_S / 2)
    assert not company.others(0, 10.0 + LATELY_S)
    assert not company.others(1, 10.0)

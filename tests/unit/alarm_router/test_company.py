"""A partition with a backlog makes room while others have work, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import genesis
from services.alarm_router.handlers.company import LATELY_S, Company
from services.alarm_router.handlers.partition_worker import (
    BATCH_BYTES,
    MOST_AT_ONCE,
    SHARED_BATCH,
    PartitionWorker,
)
from services.contracts.codec import encode
from services.eventsourcing.memory_event_log import MemoryEventLog, MemoryLogWriter
from services.eventsourcing.ports import Record
from services.runtime.kafka_clients import BATCH_BYTES as REQUEST
from tests.unit.alarm_router.saying import LOG_ID, NOW, Desk
from tests.unit.alarm_router.test_partition_worker import Watched, end, until

AROUND = 12  # bytes that Kafka puts around a decision, at most


class Noting(MemoryEventLog):
    """Notes how much was asked of it while it had something. `fetch`: it never gives more at once."""

    def __init__(self, fetch: int = 10_000) -> None:
        super().__init__(lambda: NOW)
        self.asked: list[int] = []
        self._fetch = fetch

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """See the port."""
        records = await super().read(offset, most=min(most, self._fetch), wait_s=wait_s)
        self.asked += [most] if records else []
        return records


class Weighing(MemoryEventLog):
    """Notes each batch that is written to it: how many decisions, and their bytes."""

    def __init__(self) -> None:
        super().__init__(lambda: NOW)
        self.batches: list[tuple[int, int]] = []

    async def open_writer(self) -> MemoryLogWriter:
        """See the port."""
        writer = await super().open_writer()
        append = writer.append

        async def weighed(values: Sequence[bytes]) -> int:
            self.batches.append((len(values), sum(map(len, values))))
            return await append(values)

        writer.append = weighed  # type: ignore[method-assign]
        return writer


async def decided(company: Company, signals: int, inbox: Noting) -> Weighing:
    """What a worker of partition 0 makes of so many signals."""
    events, desk = Weighing(), Desk()
    events.put([encode(genesis(0, LOG_ID, NOW, "1.0"))])
    inbox.put([encode(desk.signal()) for _ in range(signals)])
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
    await until(lambda: len(events.records) == 1 + signals, 60)
    await end(task)
    return events


async def test_alone_it_takes_as_many_as_go_out_in_one_request() -> None:
    events = await decided(Company(), 3_000, Noting())
    for count, size in events.batches:
        assert size + AROUND * count <= REQUEST
    count, size = events.batches[1]
    assert count == MOST_AT_ONCE or size > 0.9 * BATCH_BYTES


async def test_a_batch_does_not_end_where_a_fetch_ends() -> None:
    events = await decided(Company(), 1_500, Noting(fetch=300))
    assert [count for count, _ in events.batches] == [300, 600, 600]


async def test_in_company_it_takes_small_ones() -> None:
    company, inbox = Company(), Noting()
    company.works(1, asyncio.get_running_loop().time())
    await decided(company, 4, inbox)
    assert inbox.asked == [SHARED_BATCH]


def test_whoever_has_been_idle_for_a_while_is_no_company() -> None:
    company = Company()
    company.works(1, 10.0)
    assert company.others(0, 10.0 + LATELY_S / 2)
    assert not company.others(0, 10.0 + LATELY_S)
    assert not company.others(1, 10.0)

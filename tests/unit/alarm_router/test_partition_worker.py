"""The shell of a partition on the in-memory log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import genesis
from services.alarm_router.handlers import snapshot_keeper
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.mending import Order, mend
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.alarm_router.ports import Snapshots, SnapshotsAway
from services.contracts.codec import encode
from services.contracts.envelope import Decision, Source
from services.eventsourcing.counting import Chain
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.partition import Snapshot
from services.eventsourcing.ports import Record
from services.simulation.loop import run
from tests.unit.alarm_router.saying import LOG_ID, NOW, Desk


class Watched:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.owned = 0
        self.reasons: list[str] = []

    def whole(self, partition: int) -> None:
        del partition
        self.owned += 1

    def stopped(self, partition: int, reason: str) -> None:
        del partition
        self.reasons.append(reason)


class Owned:
    """One worker and its logs."""

    def __init__(self, snapshots: Snapshots | None = None, *, snapshot_every: int = 20_000) -> None:
        self.inbox = MemoryEventLog(lambda: NOW)
        self.events = MemoryEventLog(lambda: NOW)
        self.events.put([encode(genesis(0, LOG_ID, NOW, "1.0"))])
        self.watcher = Watched()
        self.worker = PartitionWorker(
            0,
            inbox=self.inbox,
            events=self.events,
            clock=lambda: NOW,
            watcher=self.watcher,
            code="1.0",
            company=Company(),
            snapshots=snapshots or MemorySnapshots(),
            snapshot_every=snapshot_every,
        )

    def counted(self) -> list[Decision]:
        chain = Chain()
        return [found for record in self.events.records if (found := chain.take(record)) is not None]


async def until(holds: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.005)


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_is_told_is_decided() -> None:
    owned = Owned()
    task = asyncio.create_task(owned.worker.run())
    owned.inbox.put([encode(Desk().signal())])
    await until(lambda: len(owned.counted()) == 2)
    await end(task)


async def test_a_worker_that_was_fenced_folds_again_and_goes_on() -> None:
    owned, desk = Owned(), Desk()
    task = asyncio.create_task(owned.worker.run())
    await until(lambda: owned.watcher.owned == 1)
    owned.events.put([owned.events.records[0].value])
    owned.inbox.put([encode(desk.signal())])
    await until(lambda: len(owned.counted()) == 2)
    owned.inbox.put([encode(desk.signal())])
    await until(lambda: len(owned.counted()) == 3)
    assert owned.watcher.owned == 2
    assert not owned.watcher.reasons
    await end(task)


def test_a_worker_that_went_well_for_a_while_begins_again_at_once_however_often_it_had_to_before() -> None:
    async def main() -> float:
        owned = Owned()
        there, troubles = owned.events.end, iter([OSError("away")] * 9)

        async def sometimes() -> int:
            for trouble in troubles:
                raise trouble
            return await there()

        owned.events.end = sometimes  # type: ignore[method-assign]
        task = asyncio.create_task(owned.worker.run())
        await until(lambda: owned.watcher.owned == 1, 30)
        await asyncio.sleep(10)
        owned.events.put([owned.events.records[0].value])
        owned.inbox.put([encode(Desk().signal())])
        began = asyncio.get_running_loop().time()
        await until(lambda: owned.watcher.owned == 2, 30)
        took = asyncio.get_running_loop().time() - began
        await end(task)
        return took

    assert run(main()) < 0.5


async def test_an_unknown_tag_stops_this_partition_and_no_other() -> None:
    stops, goes_on = Owned(), Owned()
    other = asyncio.create_task(goes_on.worker.run())
    stopped = asyncio.create_task(stops.worker.run())
    stops.inbox.put([b'{"type":"later.v9"}'])
    await until(lambda: bool(stops.watcher.reasons))
    assert "later.v9" in stops.watcher.reasons[0]
    goes_on.inbox.put([encode(Desk().signal())])
    await until(lambda: len(goes_on.counted()) == 2)
    await end(stopped)
    await end(other)


async def test_a_stopped_worker_goes_on_when_the_log_was_mended() -> None:
    owned, desk = Owned(), Desk()
    task = asyncio.create_task(owned.worker.run())
    owned.inbox.put([encode(desk.signal()), b'{"type":"later.v9"}', encode(desk.signal())])
    await until(lambda: bool(owned.watcher.reasons))
    order = Order(("zhao", "admin"), "newer")
    await mend(0, order, inbox=owned.inbox, events=owned.events, clock=lambda: NOW, code="1.0")
    await until(lambda: len(owned.counted()) == 4)
    assert [decision.source.offset for decision in owned.counted()] == [-1, 0, 1, 2]
    assert len(owned.watcher.reasons) == 1
    await end(task)


async def test_what_came_before_the_unknown_tag_is_decided() -> None:
    owned, desk = Owned(), Desk()
    owned.inbox.put([encode(desk.signal()), encode(desk.signal()), b'{"type":"later.v9"}'])
    task = asyncio.create_task(owned.worker.run())
    await until(lambda: bool(owned.watcher.reasons))
    await end(task)
    assert [decision.source.offset for decision in owned.counted()] == [-1, 0, 1]


async def test_a_log_without_genesis_stops_the_partition() -> None:
    owned = Owned()
    owned.events.records.clear()
    task = asyncio.create_task(owned.worker.run())
    await until(lambda: bool(owned.watcher.reasons))
    await end(task)
    assert "genesis" in owned.watcher.reasons[0]


class Away:
    """Snapshots whose store cannot be reached."""

    async def newest(self, partition: int) -> Snapshot | None:
        del partition
        raise SnapshotsAway

    async def keep(self, partition: int, snapshot: Snapshot) -> None:
        del partition, snapshot
        raise SnapshotsAway


async def decided(owned: Owned, count: int) -> None:
    """Decide until the log has `count` records, then end."""
    task = asyncio.create_task(owned.worker.run())
    await until(lambda: len(owned.events.records) >= count)
    await end(task)


@pytest.mark.parametrize("part_bytes", [1, 200, snapshot_keeper.PART_BYTES])
async def test_a_worker_goes_on_behind_its_newest_snapshot(
    part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_keeper, "PART_BYTES", part_bytes)
    kept, desk = MemorySnapshots(), Desk()
    owned = Owned(kept, snapshot_every=3)
    owned.inbox.put([encode(desk.signal()) for _ in range(5)])
    task = asyncio.create_task(owned.worker.run())
    await until(lambda: 0 in kept.kept)
    await end(task)
    at = kept.kept[0].offset
    assert at >= 3
    # What lies before the snapshot is not read again: else this would stop the partition.
    owned.events.records[1:at] = [Record(offset, NOW, b"[]") for offset in range(1, at)]
    owned.inbox.put([encode(desk.signal())])
    await decided(owned, 7)
    assert not owned.watcher.reasons


async def test_what_a_zombie_wrote_last_does_not_spoil_the_snapshot_behind_it() -> None:
    kept, desk = MemorySnapshots(), Desk()
    owned = Owned(kept, snapshot_every=3)
    owned.inbox.put([encode(desk.signal()) for _ in range(5)])
    await decided(owned, 6)
    owned.events.put([owned.events.records[1].value])  # it does not count: it says that it lies elsewhere
    kept.kept.clear()
    task = asyncio.create_task(owned.worker.run())
    await until(lambda: 0 in kept.kept)
    await end(task)
    owned.inbox.put([encode(desk.signal())])
    await decided(owned, 8)
    assert not owned.watcher.reasons


async def test_a_snapshot_over_a_log_that_was_altered_stops_the_partition() -> None:
    kept, desk = MemorySnapshots(), Desk()
    owned = Owned(kept, snapshot_every=3)
    owned.inbox.put([encode(desk.signal()) for _ in range(5)])
    task = asyncio.create_task(owned.worker.run())
    await until(lambda: 0 in kept.kept)
    await end(task)
    owned.events.records[kept.kept[0].offset] = owned.events.records[0]
    task = asyncio.create_task(owned.worker.run())
    await until(lambda: bool(owned.watcher.reasons))
    assert "snapshot was made behind" in owned.watcher.reasons[0]
    await end(task)


async def test_a_snapshot_that_cannot_be_read_is_left_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = MemorySnapshots()
    kept.kept[0] = Snapshot(0, b"", Source(offset=-1, hash=b""), (b"not a state",))
    owned = Owned(kept)
    owned.inbox.put([encode(Desk().signal())])
    await decided(owned, 2)
    assert not owned.watcher.reasons


async def test_without_its_snapshots_a_worker_folds_everything() -> None:
    owned, desk = Owned(Away(), snapshot_every=1), Desk()
    for count in (2, 3):
        owned.inbox.put([encode(desk.signal())])
        await decided(owned, count)
    assert owned.watcher.owned == 2 and not owned.watcher.reasons

"""While the log is away signals go to the disk; when it is back they come over, in order, and once in the record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from services.contracts.alarm import AlarmRaised, SignalRecorded
from services.contracts.codec import decode_inbox
from services.contracts.envelope import Already
from services.contracts.receiving import ReceiverTroubled
from services.contracts.signals import SignalReceived
from services.contracts.topics import partition_of
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.adapters.memory_spool import MemorySpool
from services.ingest.domain.accounting import Accounting
from services.ingest.domain.spool_lines import written
from services.ingest.handlers.intake import ReceiverRun
from services.ingest.handlers.spooled_log import Patience, SpooledLog
from services.ingest.ports import AppendFailed, Entry, Segment
from tests.ports.test_signal_log import signal
from tests.unit.alarm_router.saying import NOW, Desk

QUICK = Patience(log=0.05, disk=0.05, drain=0.05, retry=0.001)


class Log(MemorySignalLog):
    """`down`: refuses. `hangs`: takes and never says so. `unsaid`: takes, and says that it did not."""

    hangs = False
    unsaid = False
    appends = 0

    async def append(self, records: Sequence[Entry]) -> None:
        self.appends += 1
        await super().append(records)
        if self.hangs:
            await asyncio.sleep(3600)
        if self.unsaid:
            raise AppendFailed("taken and not said")


class World:
    def __init__(self) -> None:
        self.log = Log()
        self.spool = MemorySpool()
        self.accounting = Accounting(lambda: self.now)
        self.now = 100

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SpooledLog]:
        me = ReceiverRun(run="r", sender="ingest", account_space="default", host="station-1")
        spooled = SpooledLog(self.log, self.spool, self.accounting, me, lambda: self.now, QUICK)
        draining = asyncio.create_task(spooled.drain())
        try:
            yield spooled
            assert not draining.done()
        finally:
            draining.cancel()
            await asyncio.gather(draining, return_exceptions=True)

    async def emptied(self) -> None:
        async with asyncio.timeout(5):
            while self.spool.waiting or self.accounting.troubles:
                await asyncio.sleep(0.001)

    @property
    def lying(self) -> list[int]:
        """The counters of the signals in the inbox."""
        values = self.log.partitions[partition_of("site")]
        found = [decode_inbox(value) for value in values]
        return [one.id.counter for one in found if isinstance(one, SignalReceived)]

    def reported(self) -> list[ReceiverTroubled]:
        found = [decode_inbox(value) for partition in self.log.partitions for value in partition]
        return [one for one in found if isinstance(one, ReceiverTroubled)]


@pytest.fixture
def world() -> World:
    return World()


async def test_a_log_that_is_well_is_all_there_is(world: World) -> None:
    async with world.running() as log:
        await log.append([signal("site", 1)])
    assert (world.lying, world.spool.waiting, world.log.appends) == ([1], 0, 1)


async def test_what_the_log_does_not_take_is_kept_and_brought_over_in_order(world: World) -> None:
    async with world.running() as log:
        world.log.down = True
        for counter in (1, 2, 3):
            await log.append([signal("site", counter)])
        assert (world.lying, world.spool.waiting, world.accounting.spooled) == ([], 3, 3)
        world.log.down = False
        await world.emptied()
        await log.append([signal("site", 4)])
    assert world.lying == [1, 2, 3, 4]
    assert world.accounting.spooled == 0
    assert world.reported() == []


async def test_a_spool_that_cannot_be_read_just_now_is_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refused = world.spool.oldest, iter([True, True])

    async def oldest() -> Segment | None:
        if next(refused, False):
            raise AppendFailed("too many open files")
        return await real()

    monkeypatch.setattr(world.spool, "oldest", oldest)
    await world.spool.keep([signal("site", 1)])
    async with world.running():
        await world.emptied()
    assert world.lying == [1]
    assert world.reported() == []


async def test_nothing_waits_for_a_log_that_is_known_to_be_away(world: World) -> None:
    async with world.running() as log:
        world.log.hangs = True
        await log.append([signal("site", 1)])
        async with asyncio.timeout(0.04):
            await log.append([signal("site", 2)])
    assert world.spool.waiting == 2


async def test_what_comes_while_something_waits_goes_behind_it(world: World) -> None:
    await world.spool.keep([signal("site", 1)])  # by an earlier run
    async with world.running() as log:
        await log.append([signal("site", 2)])
        await world.emptied()
    assert world.lying == [1, 2]


async def test_an_append_of_unknown_fate_is_the_same_signal_to_the_router(world: World) -> None:
    async with world.running() as log:
        world.log.hangs = True
        await log.append([replace(signal("site", 1), sent_at=NOW, received_at=NOW)])
        world.log.hangs = False
        await world.emptied()
    assert world.lying == [1, 1]
    desk = Desk()
    first, second = [desk.hears(value) for value in world.log.partitions[partition_of("site")]]
    assert first is not None
    assert second is not None
    assert [type(event) for event in first.events] == [SignalRecorded, AlarmRaised]
    assert (second.answer, second.events) == (Already(), ())


async def test_a_steady_load_does_not_keep_the_spool_alive(world: World) -> None:
    async with world.running() as log:
        world.log.down = True
        await log.append([signal("site", 1)])
        world.log.down = False
        counter = 1
        async with asyncio.timeout(5):
            while world.spool.waiting or world.log.appends < 50:
                counter += 1
                await asyncio.sleep(0)
                await log.append([signal("site", counter)])
    assert world.lying == list(range(1, counter + 1))


async def test_without_log_and_disk_nothing_is_confirmed_and_a_supervisor_is_told_afterwards(
    world: World,
) -> None:
    async with world.running() as log:
        world.log.down = world.spool.full = True
        for world.now in (200, 300):
            with pytest.raises(AppendFailed, match="neither the log nor the disk"):
                await log.append([signal("site", 1), signal("site", 2)])
        assert world.accounting.spooled == 0
        world.log.down = False
        world.now = 400
        await world.emptied()
    assert world.reported() == [
        ReceiverTroubled(
            sender="ingest",
            sent_at=400,
            subject="receiver/station-1",
            trouble="not_kept",
            since=200,
            until=300,
            count=4,
        )
    ]


async def test_a_disk_that_hangs_is_one_that_fails(world: World) -> None:
    class Hanging(MemorySpool):
        async def keep(self, signals: object) -> None:
            del signals
            await asyncio.sleep(3600)

    world.spool = Hanging()
    world.log.down = True
    async with world.running() as log:
        with pytest.raises(AppendFailed):
            await log.append([signal("site", 1)])
        assert world.accounting.troubles["not_kept"].count == 1


async def test_damage_is_reported_and_what_is_whole_comes_over(world: World) -> None:
    lines = bytearray(written([signal("site", counter) for counter in (1, 2, 3)]))
    lines[len(lines) // 2] ^= 1
    world.spool.segments[1] = bytes(lines)
    async with world.running():
        await world.emptied()
    assert world.lying == [1, 3]
    (report,) = world.reported()
    assert (report.trouble, report.count) == ("spool_damaged", 1)


async def test_a_signal_that_lost_its_line_end_is_brought_over_at_the_next_start(world: World) -> None:
    lines = bytearray(written([signal("site", 1)]))
    lines[-1] ^= 0x20
    world.spool.segments[1] = bytes(lines)
    async with world.running():
        await world.emptied()
    assert world.lying == [1]


async def test_a_report_whose_fate_is_unknown_is_told_again(world: World) -> None:
    world.accounting.trouble("not_kept", 100, 1)
    await world.spool.keep([signal("site", 1)])
    world.log.unsaid = True
    async with world.running():
        while not world.reported() and world.log.appends < 3:
            await asyncio.sleep(0.001)
        world.log.unsaid = False
        await world.emptied()
    assert len({report.until for report in world.reported()}) == 1

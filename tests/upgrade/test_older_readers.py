"""Whoever reads what is younger than himself stops and names it; his successor goes on there, as if he had been first.

Each reader is the product's own, on the record of a release. What it keeps outlives it, as it would in its database.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import msgspec
import pytest

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.following_up import follow_up
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.alarm_router.handlers.shadowing import Shadowing
from services.contracts import reports as r
from services.contracts.codec import UnknownTag, decode_decision, decode_inbox
from services.contracts.envelope import Command
from services.contracts.reports import TypedWhileUndecided
from services.contracts.stored import Stored
from services.contracts.upcasting import UPCASTERS
from services.desk.adapters.memory_projection import MemoryDesk, MemoryProjection
from services.desk.adapters.tailing_gateway import TailingGateway
from services.desk.book_reader import read_on
from services.desk.domain.reading_place import Place
from services.eventsourcing.counting import Chain
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.eventsourcing.shadow import Shadow
from services.law.shelf import shipped
from services.police_link.domain.notice import orders
from services.replay.domain.stand import Until
from services.replay.handlers.room import ReadingRoom, stand_at
from services.replay.ports import RecordNewer
from services.runtime.acting_on_decisions import Act, MemoryPlaces, act_as_told
from services.runtime.counting import Counted, follow_counting
from tests.contracts.samples import tag_of
from tests.contracts.test_superseded import golden
from tests.unit.alarm_router.test_partition_worker import Watched
from tests.unit.replay.past import Looks, Names, Vault
from tests.upgrade import kept_record
from tests.upgrade.kept_record import KEPT, Kept
from tests.upgrade.one_older import one_older

RECORDS = 1_200
EVENT, COMMAND = "alarm.handed_over.v1", "command.hand_over_alarm.v1"
NOW = kept_record.START
WAIT_S = 30.0


class Stopped(Exception):
    """A partition waits for a person, or for a router of newer code."""


class LogReader:
    """`PartitionReader` over a list."""

    def __init__(self, log: MemoryEventLog) -> None:
        self._log = log

    async def start(self) -> None: ...

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        return await self._log.read(offset, most=most, wait_s=wait_s)

    async def stop(self) -> None: ...


class Reader(ABC):
    """One process after the other, on the two logs of a partition."""

    def __init__(self, kept: Kept) -> None:
        self.inbox, self.events = MemoryEventLog(), MemoryEventLog()
        self.inbox.records, self.events.records = list(kept.inbox), kept.events[:RECORDS]

    @abstractmethod
    async def read(self) -> None:
        """From where it stands to the end. Raises what it stops with."""

    @abstractmethod
    def at(self) -> int:
        """The offset of the record that it reads next."""

    @abstractmethod
    def made(self) -> object:
        """What came of it."""

    def reading(self, chains: Mapping[int, Chain]) -> AsyncGenerator[Sequence[Counted], None]:
        return follow_counting({0: LogReader(self.events)}, chains)

    async def until_read(self, work: Any) -> None:
        """Run it until everything is read or it ends by itself."""
        task = asyncio.ensure_future(work)
        async with asyncio.timeout(WAIT_S):
            while not task.done() and self.at() < len(self.events.records):
                await asyncio.sleep(0.005)
        task.cancel()
        if isinstance(ended := (await asyncio.gather(task, return_exceptions=True))[0], Exception):
            raise ended


class Projector(Reader):
    def __init__(self, kept: Kept) -> None:
        super().__init__(kept)
        self._desk = MemoryDesk()

    async def read(self) -> None:
        await self.until_read(read_on(MemoryProjection(self._desk), self.reading, [0]))

    def at(self) -> int:
        return self._desk.places[0].offset + 1 if self._desk.places else 0

    def made(self) -> object:
        return vars(self._desk)


class Acting(Reader):
    """A reader whose work is an effect."""

    def __init__(self, kept: Kept) -> None:
        super().__init__(kept)
        self._places = MemoryPlaces([0])
        self.effects: list[msgspec.Struct] = []

    async def read(self) -> None:
        await self.until_read(act_as_told(self.reading, self._places, "reader", self.act))

    @property
    @abstractmethod
    def act(self) -> Act:
        """What it does with a batch."""

    def at(self) -> int:
        return self._places.kept[0].offset

    def made(self) -> object:
        assert self.effects
        return self.effects


class FollowUp(Acting):
    @property
    def act(self) -> Act:
        async def act(batch: Sequence[Counted]) -> None:
            for one in batch:
                await follow_up(self, one.partition, one.offset, one.decision, NOW)

        return act

    async def value(self, partition: int, offset: int) -> bytes:
        assert partition == 0
        return self.inbox.records[offset].value

    async def append(self, record: r.FollowUp) -> None:
        self.effects.append(record)


class Outbound(Acting):
    @property
    def act(self) -> Act:
        async def act(batch: Sequence[Counted]) -> None:
            self.effects += [
                order for one in batch for order in orders(one.partition, one.offset, one.decision)
            ]

        return act


class Tail(TailingGateway):
    def set_out(self, partition: int, record: Command | TypedWhileUndecided) -> asyncio.Future[object]:
        raise AssertionError(f"nobody asks: {partition}, {record}")


class Gateway(Reader):
    def __init__(self, kept: Kept) -> None:
        super().__init__(kept)
        self._places = {0: Place(0)}

    async def read(self) -> None:
        await self.until_read(Tail(self._places, self.reading).tail())

    def at(self) -> int:
        return self._places[0].offset + 1

    def made(self) -> object:
        return self._places


class History(Reader):
    def __init__(self, kept: Kept) -> None:
        super().__init__(kept)
        self._room = ReadingRoom(
            logs=lambda _: self.events, inboxes=lambda _: self.inbox, partitions=1,
            names=Names(), vault=Vault({}), looks=Looks(),
        )  # fmt: skip

    async def read(self) -> None:
        await stand_at(self._room, 0, Until())

    def at(self) -> int:
        return self._room.checkpoints.nearest(0, Until()).chain.offset

    def made(self) -> object:
        return self._room.checkpoints.nearest(0, Until())


class AgainDeciding(Reader):
    def __init__(self, kept: Kept) -> None:
        super().__init__(kept)
        self._folded: Partition[State] = Partition(AlarmRouter(shipped()), 0, "today")

    async def read(self) -> None:
        looking = Shadowing(Shadow(self._folded, 0), inbox=self.inbox, events=self.events)
        while looking.at < len(self.events.records):
            await looking.go_on()

    def at(self) -> int:
        return self._folded.chain.offset

    def made(self) -> object:
        return self._folded.chain, self._folded.source


READERS = (Projector, FollowUp, Outbound, Gateway, History, AgainDeciding)
STOPS = (UnknownTag, RecordNewer)


@pytest.fixture(scope="module")
def kept() -> Kept:
    return kept_record.read(KEPT / "0.1.0")


def first(tag: str, records: Sequence[Record]) -> int:
    """Where it is said for the first time."""
    return next(one.offset for one in records if tag.encode() in one.value)


@pytest.mark.parametrize("reader", READERS)
async def test_an_older_reader_stops_at_an_event_and_its_successor_goes_on_as_if_it_had_been_the_first(
    reader: type[Reader], kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    only, one_after_the_other = reader(kept), reader(kept)
    await only.read()
    with monkeypatch.context() as patch:
        one_older(patch, EVENT)
        for _ in ("first", "started again"):
            with pytest.raises(STOPS, match=EVENT):
                await one_after_the_other.read()
            assert one_after_the_other.at() <= first(EVENT, kept.events)
    await one_after_the_other.read()
    assert one_after_the_other.made() == only.made()


class Logs:
    """The inbox up to a record that is no tick, and `decided` records of what was decided of it.

    A router adds ticks behind it, as it finds time to; what it makes of those is not looked at.
    """

    def __init__(self, kept: Kept, decided: int) -> None:
        self.inbox, self.events = MemoryEventLog(), MemoryEventLog()
        self._last = next(one.offset for one in kept.inbox[RECORDS:] if b"tick.v1" not in one.value)
        self.inbox.records, self.events.records = kept.inbox[: self._last + 1], kept.events[:decided]

    def put(self, *values: bytes) -> None:
        """More in the inbox, behind what is there."""
        stamp = self.inbox.records[-1].stamp_us
        self.inbox.records += [Record(self._last + at, stamp, value) for at, value in enumerate(values, 1)]
        self._last += len(values)

    async def decide(self) -> None:
        """A router, until it has decided everything. Raises `Stopped`."""
        watched = Watched()
        worker = PartitionWorker(
            0, inbox=self.inbox, events=self.events, clock=lambda: NOW, watcher=watched, code="1.0",
            company=Company(), snapshots=MemorySnapshots(), law=shipped(),
        )  # fmt: skip
        task = asyncio.ensure_future(worker.run())
        async with asyncio.timeout(WAIT_S):
            while not watched.reasons and self.newest() < self._last:
                await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if watched.reasons:
            raise Stopped(watched.reasons[0])

    def newest(self) -> int:
        """The inbox offset that was decided last."""
        return decode_decision(self.events.records[-1].value).source.offset

    def values(self) -> list[bytes]:
        """What was decided."""
        return [
            one.value for one in self.events.records if decode_decision(one.value).source.offset <= self._last
        ]


@pytest.mark.parametrize(("tag", "decided"), [(COMMAND, 1), (EVENT, RECORDS // 2)])
async def test_an_older_router_stops_and_its_successor_decides_what_it_would_have_decided_alone(
    tag: str, decided: int, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    only, one_after_the_other = Logs(kept, decided), Logs(kept, decided)
    await only.decide()
    with monkeypatch.context() as patch:
        one_older(patch, tag)
        for _ in ("first", "started again"):
            with pytest.raises(Stopped, match=tag):
                await one_after_the_other.decide()
            waits = first(COMMAND, kept.inbox) - 1 if tag == COMMAND else Logs(kept, decided).newest()
            assert one_after_the_other.newest() == waits, (
                "everything before it is decided, and nothing behind"
            )
    await one_after_the_other.decide()
    assert one_after_the_other.values() == only.values()


@pytest.mark.parametrize("superseded", UPCASTERS, ids=tag_of)
async def test_an_older_router_stops_at_what_superseded_its_words_and_goes_on_reading_those(
    superseded: type[Stored], kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not malformed to it: no alarm is raised, and its successor decides it."""
    before = golden(superseded)
    now = type(decode_inbox(before))
    logs = Logs(kept, RECORDS // 2)
    logs.put(before, golden(now))
    with monkeypatch.context() as patch:
        one_older(patch, tag_of(now))
        with pytest.raises(Stopped, match=tag_of(now)):
            await logs.decide()
        assert logs.newest() == len(logs.inbox.records) - 2
    await logs.decide()
    assert logs.newest() == len(logs.inbox.records) - 1

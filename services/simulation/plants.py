"""Faults that were planted to show that the simulator finds them: parts that look as good as the product's and are not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.domain.snapshot import freeze, thaw
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.snapshot_keeper import SnapshotKeeper
from services.alarm_router.ports import Snapshots, SnapshotsAway
from services.contracts.codec import decode_decision, digest
from services.contracts.envelope import Decision
from services.contracts.police import EscalationNotice, NoticeStatus
from services.contracts.views import Accounting, PartitionPosition
from services.desk.adapters.feed_audience import Audience
from services.desk.adapters.memory_interruptions import MemoryInterruptionWriter
from services.desk.adapters.memory_projection import MemoryDesk, MemoryProjection
from services.desk.adapters.postgres_interruptions import Batch
from services.desk.adapters.postgres_projection import Rows
from services.desk.domain.feed_board import Happening, Sight
from services.desk.domain.reading_place import Place
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Partition, Snapshot
from services.eventsourcing.ports import EventLog, LogWriter, Record
from services.ingest.handlers.spooled_log import SpooledLog
from services.ingest.ports import AppendFailed, Signal, SignalLog
from services.picture.escalation_view import Report
from services.picture.interruption_view import Interrupted
from services.runtime.acting_on_decisions import Act
from services.runtime.counting import Counted
from services.simulation.judge import poisons
from services.simulation.plants_of_accounts import CountingFirst, ReadingFirst
from services.simulation.plants_of_decisions import (
    AnewRouter,
    ContraryRouter,
    ForgetfulRouter,
    HoardingRouter,
    KeepingRouter,
    OneMarkRouter,
    TwiceExplainingRouter,
    UnexplainingRouter,
    UnverifiedRouter,
)
from services.simulation.plants_of_silence import (
    CarelessDigests,
    ClockWatch,
    CredulousWatch,
    ForgetfulBook,
    HastyWatch,
    LateHearingsRouter,
    LateReportsRouter,
    MisdatingWatch,
    by_time_of_day,
)
from services.simulation.police import SimulatedGateway
from services.simulation.process import Process
from services.simulation.rules import LAW, NarrowClient, Rules, ShortRing, Worker, router


class BySource(Chain):
    """Counts the first decision of each inbox record, wherever it lies: what looks like deduplication."""

    source: int = -2

    def take(self, record: Record) -> Decision | None:
        """See the chain."""
        decision = decode_decision(record.value)
        self.offset = record.offset + 1
        if decision.source.offset <= self.source:
            return None
        self.source = decision.source.offset
        self.head = digest(record.value)
        return decision


class HastyWorker(Worker):
    """Waits for no batch: the next is decided while earlier ones are on their way, and nobody looks where they land."""

    async def _write(
        self, owned: Partition[State], writer: LogWriter, values: list[bytes], offset: int
    ) -> Sequence[Record]:
        del owned, offset
        task = asyncio.ensure_future(writer.append(values))
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return ()


class SkippingWorker(Worker):
    """Passes over what nobody can decide, without a word in the record."""

    async def _decide(
        self, owned: Partition[State], records: Sequence[Record]
    ) -> tuple[list[bytes], Exception | None]:
        return await super()._decide(owned, [one for one in records if not poisons(one)])


class CredulousKeeper(SnapshotKeeper):
    """Takes up a snapshot whatever the log holds where it was made, and where the log ends before, too."""

    async def take_up(self, owned: Partition[State], events: EventLog) -> None:
        """See the keeper."""
        with suppress(SnapshotsAway):
            found = await self._snapshots.newest(self._partition)
            if found is None:
                return
            last = min(found.offset, await events.end() - 1)
            for record in await events.read(last, most=1, wait_s=1.0):
                believed = msgspec.structs.replace(found, offset=last, head=digest(record.value))
                owned.take_up(believed, thaw(found.state, LAW), record)


class CredulousWorker(Worker):
    """The worker of one."""

    def __init__(self, partition: int, *, snapshots: Snapshots, snapshot_every: int, **rest: Any) -> None:
        """See the worker."""
        super().__init__(partition, snapshots=snapshots, snapshot_every=snapshot_every, **rest)
        self._keeper = CredulousKeeper(snapshots, partition, every=snapshot_every)


class TimelessSnapshots(MemorySnapshots):
    """Forgets the newest deadline of each state that it keeps."""

    async def keep(self, partition: int, snapshot: Snapshot) -> None:
        """See the port."""
        state = thaw(snapshot.state, LAW)
        state.deadlines.sort()
        del state.deadlines[-1:]
        await super().keep(partition, msgspec.structs.replace(snapshot, state=freeze(state)))


class Hasty:
    """A signal log that says that it has what it is still about to append."""

    def __init__(self, log: SignalLog) -> None:
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    async def append(self, records: Sequence[Signal]) -> None:
        """See the port."""
        task = asyncio.ensure_future(self._later(records))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _later(self, records: Sequence[Signal]) -> None:
        with suppress(AppendFailed):
            await self._log.append(records)


class OvertakingLog(SpooledLog):
    """Tries the log first, also while earlier signals wait in the spool."""

    async def append(self, records: Sequence[Signal]) -> None:
        """See the port."""
        behind, self._behind = self._behind, asyncio.Event()
        try:
            await super().append(records)
        finally:
            if self._behind.is_set():
                behind.set()
            self._behind = behind


def moved_before(process: Process, act: Act) -> Act:
    """The place moves on while what follows from the decisions is still to be done."""
    tasks: set[asyncio.Task[None]] = set()

    async def later(batch: Sequence[Counted]) -> None:
        await process.outside()
        with suppress(Exception):
            await act(batch)

    async def at_once(batch: Sequence[Counted]) -> None:
        task = asyncio.ensure_future(later(list(batch)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return at_once


def delivered_before(process: Process, act: Act) -> Act:
    """The same, where only orders for the police follow."""
    return moved_before(process, act) if process.name.startswith("outbound") else act


class NamelessGateway(SimulatedGateway):
    """Each sending under a name of its own, so that nobody knows whether it came."""

    async def status(self, escalation: str) -> NoticeStatus | None:
        """See the port."""
        del escalation
        await self._process.outside()
        return None

    async def deliver(self, notice: EscalationNotice) -> None:
        """See the port."""
        named = f"{notice.escalation}/{notice.attempt}" if notice.attempt > 1 else notice.escalation
        await super().deliver(msgspec.structs.replace(notice, escalation=named))


class CarelessGateway(SimulatedGateway):
    """Says that it is delivered, and lets it lie."""

    async def deliver(self, notice: EscalationNotice) -> None:
        """See the port."""
        del notice
        await self._process.outside()


class TardyProjection(MemoryProjection):
    """Writes reports with the rows of the next batch."""

    def __init__(self, desk: MemoryDesk) -> None:
        """See the projection."""
        super().__init__(desk)
        self._kept: dict[str, Report] = {}

    async def write(self, rows: Rows, places: Iterable[Place]) -> None:
        """See the projection."""
        rows.changed.reports, self._kept = self._kept, rows.changed.reports
        await super().write(rows, places)


class ForgetfulWriter(MemoryInterruptionWriter):
    """Goes on from its place and has forgotten what was there before."""

    async def begin(self) -> Mapping[int, Place]:
        """See the writer."""
        places = await super().begin()
        self._known = Interrupted()
        return places


class TerseWriter(MemoryInterruptionWriter):
    """Keeps that something happened, and not what."""

    async def write(self, batch: Batch, places: Iterable[Place]) -> None:
        """See the writer."""
        batch.events = [(*row[:5], "{}") for row in batch.events]
        await super().write(batch, places)


class HastyRing(ShortRing):
    """Goes on one happening behind what was missed."""

    def missed(self, positions: Iterable[PartitionPosition]) -> list[Happening] | None:
        """See the ring."""
        missed = super().missed(positions)
        return missed and missed[1:]


class DroppingClient(NarrowClient):
    """Drops what a slow screen has no room for, and goes on with the next."""

    def write(self, frames: bytes) -> None:
        """See the client."""
        if self.line.waiting + len(frames) <= self.full:
            super().write(frames)


class CredulousAudience(Audience):
    """Continues whoever says where they stand, also when they see something else now."""

    def _name(self, sight: Sight) -> str:
        del sight
        return self._run


class HastyAudience(Audience):
    """Names with its beats how far it has read, whatever was told."""

    def say_beat(self, now: int, behind_us: int, accounting: Accounting | None) -> None:
        """See the audience."""
        self._ring.add((), self._board.positions())
        super().say_beat(now, behind_us, accounting)


class Whatever(Chain):
    """Takes any decision for one that counts."""

    def take(self, record: Record) -> Decision | None:
        """See the chain."""
        self.offset = record.offset + 1
        return decode_decision(record.value)


PLANTS: Final[dict[str, Rules]] = {
    "acknowledged before the append": Rules(kept=Hasty),
    "place moved before the append": Rules(acts=moved_before),
    "delivery place moved before the append": Rules(acts=delivered_before),
    "escalated without a verification": Rules(codes={"1.0": UnverifiedRouter}),
    "two outcomes of a signal": Rules(codes={"1.0": TwiceExplainingRouter}),
    "outcome without its reason": Rules(codes={"1.0": UnexplainingRouter}),
    "deadlines that nobody takes off": Rules(codes={"1.0": HoardingRouter}),
    "deadline forgotten in a snapshot": Rules(snapshots=TimelessSnapshots),
    "delivery without its id": Rules(police=NamelessGateway),
    "delivered to nobody": Rules(police=CarelessGateway),
    "repeated command answered anew": Rules(codes={"1.0": AnewRouter}),
    "repeated command told the contrary": Rules(codes={"1.0": ContraryRouter}),
    "spooled signal overtaken": Rules(spooled=OvertakingLog),
    "counting by source": Rules(chain=BySource),
    "nobody waits for a batch": Rules(worker=HastyWorker),
    "nobody waits and counts by source": Rules(worker=HastyWorker, chain=BySource),
    "answered by what does not count": Rules(answers=Whatever),
    "one mark for direct and carried signals": Rules(codes={"1.0": OneMarkRouter}),
    "resumed one happening too far": Rules(ring=HastyRing),
    "dropped for a slow screen": Rules(client=DroppingClient),
    "continued with another sight": Rules(audience=CredulousAudience),
    "beat beyond what was told": Rules(audience=HastyAudience),
    "rows written with the next ones": Rules(projection=TardyProjection),
    "read on without what was known": Rules(writer=ForgetfulWriter),
    "rows without what happened": Rules(writer=TerseWriter),
    "silence begun anew by a late report": Rules(codes={"1.0": lambda: LateReportsRouter(LAW)}),
    "silence ended by a late report": Rules(codes={"1.0": lambda: LateHearingsRouter(LAW)}),
    "silence since another time": Rules(watch=MisdatingWatch),
    "silence watched without a memory": Rules(last_heard=ForgetfulBook),
    "silence by the clock": Rules(watch=ClockWatch),
    "spans by the time of day": Rules(spans=by_time_of_day),
    "judged before all was read": Rules(watch=HastyWatch),
    "digest forgotten before it was kept": Rules(digests=CarelessDigests),
    "late digest taken for news": Rules(watch=CredulousWatch),
    "counted before its place": Rules(accounting=CountingFirst),
    "read before it was kept": Rules(accounting=ReadingFirst),
    "restores kept for oneself": Rules(codes={"1.0": KeepingRouter}),
    "snapshot over a cut log": Rules(worker=CredulousWorker),
    "passed over without a word": Rules(worker=SkippingWorker),
    "deadlines beside the state": Rules(codes={"1.0": ForgetfulRouter, "1.1": router}),
}

"""Owns one partition: fold, decide, append one batch at a time, and start over whenever that is in doubt.

Whatever is not exactly as predicted (another offset, no offset, a time-out, an exception) ends in the same
place: the writer is closed, the state thrown away, the log folded again. There is no other way back, so
there is no half-right state to reason about. Rejected: repairing the state after a fence, or several batches
in flight; both decide on a state that the log may turn out not to imply.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from prometheus_client import Counter, Gauge

from services.alarm_router.domain.machine import NO_LAW, AlarmRouter, StopPartition
from services.alarm_router.domain.silence import Silence
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.folding import begin
from services.alarm_router.handlers.snapshot_keeper import EVERY, SnapshotKeeper
from services.alarm_router.handlers.ticker import Ticker
from services.alarm_router.ports import Clock, Snapshots, Watcher
from services.contracts.codec import Unreadable
from services.eventsourcing.counting import NO_HEAD, LogBroken
from services.eventsourcing.partition import DecisionTooLarge, Fenced, Partition
from services.eventsourcing.ports import AppendUnknown, EventLog, LogWriter, OffsetGone, Record
from services.law.pack import Law
from services.runtime.collecting import uncollected

BATCH_BYTES, MOST_AT_ONCE = (
    860_000,
    2000,
)  # alone: as many as go out in one request, for each is synced by itself
SHARED_BATCH = 250  # while others have work: a broker that syncs 600 KB for one lets the others wait
SLICE = 10  # about 0.3 ms; a record on its way through the loop waits for seven of them
IDLE_S = 1.0
AGAIN_S, MOST_AGAIN_S = 0.05, 1.0  # before it folds again: twice as long each time that this comes soon
CUT_IS_SURE_AFTER = 5  # a broker that comes back may for a moment show a shorter log
AWAY = (OSError, RuntimeError, TimeoutError)  # KafkaError is a RuntimeError
STOPS = (Unreadable, StopPartition, DecisionTooLarge)  # of a record: a person has to mend

log = structlog.get_logger()
_DECIDED = Counter("jiejing_router_decisions", "Decisions appended to the record", ["partition"])
_STOPPED = Gauge("jiejing_router_stopped", "1 while the partition waits for a person", ["partition"])


class PartitionWorker:
    """One partition of the router, for as long as the process lives."""

    def __init__(  # noqa: PLR0913 - two logs, a clock, a listener and who we are
        self,
        partition: int,
        *,
        inbox: EventLog,
        events: EventLog,
        clock: Clock,
        watcher: Watcher,
        code: str,
        company: Company,
        snapshots: Snapshots,
        law: Law = NO_LAW,
        snapshot_every: int = EVERY,
    ) -> None:
        """`code`: the version written into decisions. `company`: of all partitions of this process. `law`: its packs.

        `snapshot_every`: so many decisions lie between two snapshots.
        """
        self._partition = partition
        self._inbox = inbox
        self._events = events
        self._clock = clock
        self._watcher = watcher
        self._code = code
        self._company = company
        self._law = law
        self._keeper = SnapshotKeeper(snapshots, partition, every=snapshot_every)
        self._short = 0
        self._read_to = 0
        self._each_bytes = BATCH_BYTES // 1000  # of a decision: what they had in the last batch
        self._owned: Partition[State] | None = None

    def silence(self) -> Silence | None:
        """Who is supervised and who is silent, as decided so far; None while nobody owns the partition."""
        return None if self._owned is None else self._owned.state.silence

    async def run(self) -> None:
        """Work until cancelled; where only a person can help, say so and wait for the log to grow."""
        loop, again_s = asyncio.get_running_loop(), AGAIN_S
        while True:
            began = loop.time()
            try:
                await self._own()
            except (Fenced, AppendUnknown) as error:
                log.warning("folding again", partition=self._partition, why=str(error))
            except OffsetGone as error:
                self._short += 1
                if self._short >= CUT_IS_SURE_AFTER:
                    await self._stand_still(error)
            except (LogBroken, *STOPS) as error:
                await self._stand_still(error)
            except AWAY as error:
                log.warning("broker away", partition=self._partition, why=repr(error))
                await self._reset()
            if loop.time() - began > MOST_AGAIN_S:
                again_s = AGAIN_S
            await asyncio.sleep(again_s)
            again_s = min(MOST_AGAIN_S, again_s * 2)

    async def _stand_still(self, error: Exception) -> None:
        """Until somebody else wrote to the log: `jiejing mend`, or a router of newer code."""
        log.critical("partition stopped", partition=self._partition, why=str(error))
        self._watcher.stopped(self._partition, str(error))
        _STOPPED.labels(self._partition).set(1)
        while True:
            await asyncio.sleep(IDLE_S)
            try:
                if await self._events.end() > self._read_to:
                    log.warning("the log grew: folding again", partition=self._partition)
                    return
            except AWAY:
                await self._reset()

    async def _reset(self) -> None:
        await self._inbox.close()
        await self._events.close()

    async def _own(self) -> None:
        owned = await self._recover()
        self._short = 0
        writer = await self._events.open_writer()
        ticker = Ticker(self._inbox, self._clock)
        self._watcher.whole(self._partition)
        _STOPPED.labels(self._partition).set(0)
        self._owned = owned
        try:
            await self._work(owned, writer, ticker)
        finally:
            self._owned = None
            await writer.close()
            await ticker.close()
            await self._keeper.close()

    def _unowned(self) -> Partition[State]:
        """The partition before anything of it was read."""
        return Partition(AlarmRouter(self._law), self._partition, self._code)

    async def _recover(self) -> Partition[State]:
        owned = self._unowned()
        end = self._read_to = await self._events.end()
        with uncollected:  # a fold makes no cycles; looking for them again and again costs a quarter of it
            await self._keeper.take_up(owned, self._events)
            await begin(owned, self._events)
            while owned.chain.offset < end:
                for record in await self._events.read(owned.chain.offset, most=5000, wait_s=IDLE_S):
                    owned.fold(record)
        if owned.chain.head == NO_HEAD:
            raise LogBroken("the log has no genesis; start it with `jiejing up` on a new data folder")
        await self._check_inbox(owned)
        return owned

    async def _check_inbox(self, owned: Partition[State]) -> None:
        source = owned.source.offset
        if source < 0:
            return
        if await self._inbox.end() <= source:
            raise OffsetGone(f"the inbox ends before offset {source}, which was decided")
        found: Sequence[Record] = ()
        while not found:
            found = await self._inbox.read(source, most=1, wait_s=IDLE_S)
        owned.check_source(found[0])

    async def _work(self, owned: Partition[State], writer: LogWriter, ticker: Ticker) -> None:
        offset = owned.source.offset + 1
        records: Sequence[Record] = ()
        while True:
            if not records:
                state = owned.state
                wait_s = await ticker.wait(state.deadlines, state.time, decided=offset, most_s=IDLE_S)
                records = await self._inbox.read(offset, most=self._most(), wait_s=wait_s)
            values, stopped_by = await self._decide(owned, records)
            offset = records[-1].offset + 1 if records else offset
            records = ()
            if values:
                self._each_bytes = sum(map(len, values)) // len(values)
                records = await self._write(owned, writer, values, offset)
            self._keeper.consider(owned)
            if stopped_by is not None:
                self._read_to = owned.chain.offset
                raise stopped_by

    def _most(self) -> int:
        others = self._company.others(self._partition, asyncio.get_running_loop().time())
        return (
            SHARED_BATCH if others else max(SHARED_BATCH, min(MOST_AT_ONCE, BATCH_BYTES // self._each_bytes))
        )

    async def _decide(
        self, owned: Partition[State], records: Sequence[Record]
    ) -> tuple[list[bytes], Exception | None]:
        """Decide in slices, so that a partition with a backlog lets the others have their turn.

        What comes before a record that stops the partition is decided and will be written.
        """
        if records:
            self._company.works(self._partition, asyncio.get_running_loop().time())
        values: list[bytes] = []
        for at, record in enumerate(records):
            if at % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            try:
                value = owned.decide(record)
            except STOPS as error:
                return values, error
            if value is not None:
                values.append(value)
        return values, None

    async def _write(
        self, owned: Partition[State], writer: LogWriter, values: list[bytes], offset: int
    ) -> Sequence[Record]:
        """Append one batch, fetch the next inbox records meanwhile; they are decided only once it landed."""
        appending = asyncio.ensure_future(writer.append(values))
        try:
            records = await self._inbox.read(offset, most=self._most(), wait_s=0)
            owned.landed(await appending, len(values))
            _DECIDED.labels(self._partition).inc(len(values))
            if SHARED_BATCH <= len(records) < (most := self._most()):
                # A fetch ended there, and the next one may be in.
                after, left = records[-1].offset + 1, most - len(records)
                records = [*records, *await self._inbox.read(after, most=left, wait_s=0)]
        finally:
            appending.cancel()
        return records

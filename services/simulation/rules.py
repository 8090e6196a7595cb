"""How the house is built. What stands here is the product's; a planted fault (`plants`) puts something else in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from services.alarm_router.adapters.memory_last_heard_book import MemoryLastHeardBook
from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.alarm_router.handlers.silence_watch import SilenceWatch
from services.contracts import alarm as a
from services.contracts.envelope import Refused
from services.desk.adapters.feed_audience import Audience
from services.desk.adapters.memory_interruptions import MemoryInterruptionWriter
from services.desk.adapters.memory_line_accounting import MemoryLineAccounting
from services.desk.adapters.memory_projection import MemoryProjection
from services.desk.adapters.websocket_feed import Client
from services.desk.domain.feed_ring import Ring
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Outcome, Partition
from services.eventsourcing.ports import Record
from services.ingest.handlers.spooled_log import SpooledLog
from services.ingest.ports import DigestLog, Inbox
from services.law.shelf import shipped
from services.runtime.acting_on_decisions import Act
from services.simulation.police import SimulatedGateway

if TYPE_CHECKING:
    from services.ingest.ports import SignalLog
    from services.simulation.process import Process

Spans: TypeAlias = "tuple[Callable[[], int], Callable[[], int]]"
LAW = shipped()


def router() -> AlarmRouter:
    """The machine of this version, with the packs that are shipped."""
    return AlarmRouter(LAW)


class LaterVersion(AlarmRouter):
    """The same machine a release later: alarms are more urgent, and what was not verified is not closed."""

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        outcome = super().decide(state, record)
        if outcome is None:
            return None
        if any(isinstance(event, a.AlarmClosed) for event in outcome.events):
            return self._not_closed(state, outcome)
        events = tuple(
            msgspec.structs.replace(event, priority=1) if isinstance(event, a.AlarmRaised) else event
            for event in outcome.events
        )
        return msgspec.structs.replace(outcome, events=events)

    @staticmethod
    def _not_closed(state: State, outcome: Outcome) -> Outcome:
        closed = outcome.events[-1]
        if not isinstance(closed, a.AlarmClosed) or state.alarms[closed.alarm].verification is not None:
            return outcome
        answer = Refused(reason="alarm.not_verified")
        return msgspec.structs.replace(outcome, answer=answer, events=outcome.events[:-1])


class Worker(PartitionWorker):
    """The router's worker, of a version and with a way of counting that the rules name."""

    def of(self, machine: Callable[[], AlarmRouter], chain: Callable[[], Chain]) -> Worker:
        """Before it runs: which machine decides, and what counts for it."""
        self._machine, self._chain = machine, chain
        return self

    def _unowned(self) -> Partition[State]:
        owned = Partition(self._machine(), self._partition, self._code)
        owned.chain = self._chain()
        return owned


class CarefulWatch(SilenceWatch):
    """Keeps its memory so often that one life has several."""

    save_every_s = 12.0


class ShortRing(Ring):
    """Remembers so little that some who come back are too late."""

    most = 40


class NarrowClient(Client):
    """Has so little room that a slow screen is one within an episode."""

    full = 6_000


def _at_once(_: Process, act: Act) -> Act:
    return act


def _steadily(receiver: Process) -> Spans:
    return receiver.clock.steady_us, receiver.clock.ahead_us


class Rules(NamedTuple):
    """The parts that a fault can be planted in.

    `spans`: by which clock a receiver hears and tells of it, and by how much its time of day is before that;
    `answers`: what counts for a gateway; `acts`: how a process that acts on decisions does it; `police`: how they are
    reached; `projection`: of the desk's read models; `writer`: of the book of interruptions; `accounting`: by line and minute; `ring`, `client`, `audience`: of the feed.
    """

    codes: Mapping[str, Callable[[], AlarmRouter]] = {"1.0": router, "1.1": lambda: LaterVersion(LAW)}
    chain: Callable[[], Chain] = Chain
    worker: type[Worker] = Worker
    snapshots: Callable[[], MemorySnapshots] = MemorySnapshots
    inbox: Callable[[Inbox], Inbox] = lambda inbox: inbox
    spooled: type[SpooledLog] = SpooledLog
    digests: Callable[[DigestLog], DigestLog] = lambda digests: digests
    spans: Callable[[Process], Spans] = _steadily
    watch: type[SilenceWatch] = CarefulWatch
    last_heard: type[MemoryLastHeardBook] = MemoryLastHeardBook
    kept: Callable[[SignalLog], SignalLog] = lambda log: log
    answers: Callable[[int, bytes], Chain] = Chain
    acts: Callable[[Process, Act], Act] = _at_once
    police: type[SimulatedGateway] = SimulatedGateway
    projection: type[MemoryProjection] = MemoryProjection
    writer: type[MemoryInterruptionWriter] = MemoryInterruptionWriter
    accounting: type[MemoryLineAccounting] = MemoryLineAccounting
    ring: type[Ring] = ShortRing
    client: type[Client] = NarrowClient
    audience: type[Audience] = Audience

"""A model of one partition: a log that misbehaves, several writers at once, and readers that must agree.

The log may lose acknowledgements, deliver an append late, twice or thrice, drop it, or be cut. The writers
drive the real `Partition` and `AlarmRouter`; they crash, pause and wake as zombies with a batch in flight, and
run different versions of the code. `Rules` says how they count and wait; the mutants of `mutants.py` are other rules.

What is checked, at every record: all readers count the same decisions; each was made on the state that the counting
history before it implies (an oracle decides again with the version that decided); the inbox is decided in order,
nothing left out; nothing is escalated, raised or overdue twice; a repeated command gets the first answer and says
nothing; a gateway answers only what counts; after a cut, who had read beyond it is told or agrees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

import msgspec

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts import alarm as a
from services.contracts.codec import encode
from services.contracts.envelope import Decision, Refused, Tick
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Fenced, Outcome, Partition
from services.eventsourcing.ports import Record

START_US = 1_800_000_000_000_000
LOG_ID = "0190d0e0-0000-7000-8000-00000000abcd"
FAULTS = (
    "ack lost",
    "append late",
    "append twice",
    "append thrice",
    "append dropped",
    "log cut",
    "writer crashed",
    "writer paused",
    "zombie wrote",
    "writer gave up",
    "writer fenced",
    "version changed",
)
MESSAGES = (
    "signal",
    "same signal",
    "panel repetition",
    "command",
    "window",
    "act of the police",
    "repeated id",
    "directory",
    "report",
    "repeated report",
    "tick",
    "malformed",
)


class Violation(AssertionError):
    """What must never happen has happened."""


def expect(holds: bool, sentence: str) -> None:
    """Fail with `sentence`."""
    if not holds:
        raise Violation(sentence)


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
            _urgent(event) if isinstance(event, a.AlarmRaised) else event for event in outcome.events
        )
        return msgspec.structs.replace(outcome, events=events)

    @staticmethod
    def _not_closed(state: State, outcome: Outcome) -> Outcome:
        closed = outcome.events[-1]
        if not isinstance(closed, a.AlarmClosed) or state.alarms[closed.alarm].verification is not None:
            return outcome
        answer = Refused(reason="alarm.not_verified")
        return msgspec.structs.replace(outcome, answer=answer, events=outcome.events[:-1])


def _urgent(event: a.AlarmRaised) -> a.AlarmRaised:
    return msgspec.structs.replace(event, priority=1)


class Rules(NamedTuple):
    """How the log is written and read. The defaults are those of the product."""

    codes: Mapping[str, Callable[[], AlarmRouter]] = {"1.0": AlarmRouter, "1.1": LaterVersion}
    chain: Callable[[], Chain] = Chain
    in_flight: int = 1
    verify: bool = True
    answers: Callable[[Record, Decision | None], Decision | None] = lambda _record, counted: counted


class Flight(msgspec.Struct, eq=False):
    """A batch on its way. `copies`: how often it will land; `first`: where the first copy landed."""

    values: list[bytes]
    read_to: int
    copies: int
    loses_ack: bool
    awaited: bool = True
    landings: int = 0
    first: int | None = None


class World:
    """The inbox, the log and what is on its way to it."""

    def __init__(self, random: Random, rules: Rules, counts: Counter[str]) -> None:
        self.random = random
        self.rules = rules
        self.counts = counts
        self.now = START_US
        self.inbox: list[Record] = []
        self.log: list[Record] = []
        self.flights: list[Flight] = []
        self.cut_once = False
        self.put([encode(genesis(0, LOG_ID, START_US, "1.0"))])

    def pass_time(self) -> None:
        """A second or so; now and then the length of a retransmission window, or a week."""
        draw = self.random.random()
        self.now += int(draw * 2_500_000)
        if draw > 0.995:
            self.now += 660_000_000 if draw < 0.9985 else 7 * 86_400_000_000

    def tell(self, value: bytes) -> None:
        """Append to the inbox; the broker's stamp wavers."""
        stamp = self.now + self.random.randrange(-3_000_000, 500_000)
        self.inbox.append(Record(len(self.inbox), stamp, value))

    def put(self, values: list[bytes]) -> int:
        """Append to the log."""
        first = len(self.log)
        self.log.extend(Record(first + i, self.now, value) for i, value in enumerate(values))
        return first

    def send(self, values: list[bytes], read_to: int) -> Flight:
        """A batch sets off. Its fate is drawn now and unknown to the writer."""
        draw = self.random.random()
        copies = 0 if draw < 0.06 else 2 if draw < 0.12 else 3 if draw < 0.18 else 1
        flight = Flight(values, read_to, copies, loses_ack=self.random.random() < 0.1)
        self.flights.append(flight)
        if copies == 0:
            self.counts["append dropped"] += 1
        return flight

    def deliver(self) -> None:
        """Some batch lands, not the oldest first."""
        if not self.flights:
            return
        flight = self.random.choice(self.flights)
        if flight.landings < flight.copies:
            self._land(flight)
        if flight.landings == flight.copies:
            self.flights.remove(flight)

    def _land(self, flight: Flight) -> None:
        first = self.put(flight.values)
        flight.landings += 1
        if flight.landings > 1:
            self.counts["append twice" if flight.landings == 2 else "append thrice"] += 1
            return
        self.counts["append late"] += not flight.awaited
        self.counts["zombie wrote"] += flight.awaited and first != flight.read_to
        self.counts["ack lost"] += flight.loses_ack and flight.awaited
        flight.first = first

    def cut(self) -> None:
        """The tail of the log is gone."""
        if len(self.log) > 2:
            del self.log[max(1, len(self.log) - self.random.randrange(1, 8)) :]
            self.counts["log cut"] += 1
            self.cut_once = True


class Writer:
    """One owner of the partition, or one who still believes it is. The shell's loop, a step at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._code = "1.0"
        self._owned: Partition[State] | None = None
        self._flights: list[Flight] = []
        self._next = 0
        self._asleep = 0

    def step(self) -> None:
        """Whatever it would do next, or a misfortune."""
        random, counts = self._world.random, self._world.counts
        if self._asleep:
            self._asleep -= 1
            return
        draw = random.random()
        if draw < 0.025:
            counts["writer crashed"] += 1
            self._start_over()
            self._code = random.choice(list(self._world.rules.codes))
        elif draw < 0.07:
            counts["writer paused"] += 1
            self._asleep = random.randrange(3, 40)
        else:
            self.work(patience=0.9)

    def work(self, patience: float) -> None:
        """Recover, wait for what is in flight, or decide the next batch."""
        if self._owned is None:
            self._recover()
            return
        for flight in list(self._flights):
            self._look_after(flight, patience)
        self._go_on()

    def _go_on(self) -> None:
        if self._owned is not None and len(self._flights) < self._world.rules.in_flight:
            self._decide(self._owned)

    def _start_over(self) -> None:
        for flight in self._flights:
            flight.awaited = False
        self._owned, self._flights = None, []

    def _recover(self) -> None:
        rules = self._world.rules
        owned: Partition[State] = Partition(rules.codes[self._code](), 0, self._code)
        owned.chain = rules.chain()
        for record in self._world.log:
            owned.fold(record)
        source = owned.source.offset
        owned.check_source(self._world.inbox[source] if source >= 0 else None)
        self._owned, self._next = owned, source + 1

    def _look_after(self, flight: Flight, patience: float) -> None:
        if not self._world.rules.verify:
            if flight.landings == flight.copies:
                self._flights.remove(flight)
        elif flight.first is not None and not flight.loses_ack:
            self._acknowledged(flight, flight.first)
        elif self._world.random.random() > patience:
            self._world.counts["writer gave up"] += 1
            self._start_over()

    def _acknowledged(self, flight: Flight, first: int) -> None:
        self._flights.remove(flight)
        try:
            assert self._owned is not None
            self._owned.landed(first, len(flight.values))
        except Fenced:
            self._world.counts["writer fenced"] += 1
            self._start_over()

    def _decide(self, owned: Partition[State]) -> None:
        world = self._world
        deadlines = owned.state.deadlines
        if self._next == len(world.inbox) and deadlines and deadlines[0][0] <= world.now:
            world.tell(encode(Tick(sender="router", sent_at=world.now)))
        batch = world.inbox[self._next : self._next + world.random.randrange(1, 9)]
        read_to = owned.chain.offset
        values = [value for record in batch if (value := owned.decide(record)) is not None]
        self._next += len(batch)
        if values:
            self._flights.append(world.send(values, read_to))

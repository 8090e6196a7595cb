"""One partition as a state machine: its inbox the only input, its decisions the only output. No I/O.

The shell around it folds the log (`fold`), feeds the inbox (`decide`), sends the values it gets as one batch
and reports where the batch landed (`landed`). A batch goes out only after the one before was acknowledged
where it was predicted; on anything else the shell throws this object away and folds again. So a record that
counts was decided on exactly the state that the log before it implies.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

import msgspec

from services.contracts.codec import decode_decision, digest, encode
from services.contracts.envelope import Answer, Decision, Event, GenerationBegun, Source
from services.eventsourcing.counting import Chain, LogBroken
from services.eventsourcing.ports import LogError, Record

MAX_DECISION_BYTES = 256 * 1024


class Fenced(LogError):
    """Somebody else wrote: what was decided here does not count."""


class DecisionTooLarge(LogError):
    """A decision above 256 KB; the machine is asked again for its short form."""


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What a machine says to one record. `time`: partition time, UTC microseconds."""

    time: int
    subject: str
    id: str
    answer: Answer
    events: tuple[Event, ...]


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """A partition's state behind the decision at `offset`, whose record has the digest `head`.

    `source`: the inbox record that was decided last; `state`: bytes that only the same fold can read, in parts.
    """

    offset: int
    head: bytes
    source: Source
    state: tuple[bytes, ...]


S = TypeVar("S")


class Machine(Protocol[S]):
    """The pure part. `decide` reads the state, `evolve` changes it; nothing else does."""

    def initial(self, partition: int) -> S:
        """The state before offset 0."""

    def decide(self, state: S, record: Record) -> Outcome | None:
        """What follows from an inbox record; None for a tick in which nothing is due."""

    def refuse_large(self, state: S, record: Record) -> Outcome:
        """The short outcome for a record whose decision was too large."""

    def evolve(self, state: S, decision: Decision, offset: int) -> None:
        """Make `state` the state after `decision`, which counts and lies at `offset`."""


class Partition(Generic[S]):
    """State, chain and inbox position of one partition, in one hand."""

    def __init__(self, machine: Machine[S], partition: int, code: str) -> None:
        """`code`: the version of the code that decides, written into every decision."""
        self.machine = machine
        self.code = code
        self.state = machine.initial(partition)
        self.chain = Chain()
        self.source = Source(offset=-1, hash=b"")
        self.newest = -1  # where the newest decision lies that counts; what does not count may lie behind it
        self._acknowledged = 0

    def fold(self, record: Record) -> Decision | None:
        """Take one record of the log; the decision if it counts. Raises `LogBroken`, `Unreadable`."""
        decision = self.chain.take(record)
        self._acknowledged = self.chain.offset
        if decision is not None:
            self.machine.evolve(self.state, decision, record.offset)
            self.source, self.newest = decision.source, record.offset
        return decision

    def take_up(self, snapshot: Snapshot, state: S, record: Record) -> None:
        """Go on behind a snapshot instead of at the beginning. `record`: what the log has at its offset.

        Raises `LogBroken` when that is not the record it was made behind: the log was cut or altered.
        """
        at = snapshot.offset
        if record.offset != at or digest(record.value) != snapshot.head:
            raise LogBroken(f"offset {at} does not hold the record that a snapshot was made behind")
        self.state, self.source, self.newest = state, snapshot.source, at
        self.chain = Chain(at + 1, snapshot.head)
        self._acknowledged = at + 1

    def begin_at(self, genesis: Record) -> None:
        """Begin with a generation that carries the state of the one before. Raises `LogBroken`, `Unreadable`."""
        self.chain = Chain(genesis.offset, decode_decision(genesis.value).prev)
        begun = self.fold(genesis)
        if begun is None or not any(isinstance(one, GenerationBegun) for one in begun.events):
            raise LogBroken(f"offset {genesis.offset} does not begin a generation")

    def check_source(self, record: Record | None) -> None:
        """Compare the inbox with what was decided from it. `record`: the one at `source.offset`, if any."""
        if self.source.offset < 0:
            return
        if record is None or record.offset != self.source.offset:
            raise LogBroken(f"the inbox ends before offset {self.source.offset}, which was decided")
        if digest(record.value) != self.source.hash:
            raise LogBroken(f"the inbox record at {self.source.offset} is not the one that was decided")

    def decide(self, record: Record) -> bytes | None:
        """Decide one inbox record on the present state and move on to the state after it."""
        judged = self._judge(record)
        if judged is None:
            return None
        self._move(*judged)
        return judged[0]

    def say(self, outcome: Outcome) -> bytes:
        """Decide what comes of no inbox record, and move on to the state after it; the source stays where it is."""
        value, decision = self._seal(outcome, self.source)
        self._move(value, decision)
        return value

    def would_decide(self, record: Record) -> Decision | None:
        """What `decide` would say; nothing is changed."""
        judged = self._judge(record)
        return None if judged is None else judged[1]

    def snapshot(self, state: tuple[bytes, ...]) -> Snapshot:
        """Of the state as it is now, frozen by the caller: behind the newest decision that counts."""
        return Snapshot(self.newest, self.chain.head, self.source, state)

    def landed(self, first: int, count: int) -> None:
        """A batch of `count` values was acknowledged at offset `first`. Raises `Fenced` if not as predicted."""
        if first != self._acknowledged:
            raise Fenced(f"predicted offset {self._acknowledged}, got {first}")
        self._acknowledged += count

    def _move(self, value: bytes, decision: Decision) -> None:
        offset = self.chain.offset
        self.chain.offset, self.chain.head = offset + 1, digest(value)
        self.machine.evolve(self.state, decision, offset)
        self.source, self.newest = decision.source, offset

    def _judge(self, record: Record) -> tuple[bytes, Decision] | None:
        outcome = self.machine.decide(self.state, record)
        if outcome is None:
            return None
        source = Source(offset=record.offset, hash=digest(record.value))
        value, decision = self._seal(outcome, source)
        if len(value) > MAX_DECISION_BYTES:
            value, decision = self._seal(self.machine.refuse_large(self.state, record), source)
        if len(value) > MAX_DECISION_BYTES:
            raise DecisionTooLarge(f"inbox offset {record.offset}: {len(value)} bytes")
        return value, decision

    def _seal(self, outcome: Outcome, source: Source) -> tuple[bytes, Decision]:
        decision = Decision(
            lies_at=self.chain.offset,
            prev=self.chain.head,
            time=outcome.time,
            code=self.code,
            subject=outcome.subject,
            source=source,
            id=outcome.id,
            answer=outcome.answer,
            events=outcome.events,
        )
        return encode(decision), decision

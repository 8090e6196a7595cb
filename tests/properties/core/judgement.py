"""Who watches the model: an oracle that decides everything again, readers that must agree with it, and an episode."""

from __future__ import annotations

from collections import Counter
from random import Random

from services.alarm_router.domain.interruption_book import Book
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.signal import OPEN_PER_SUBJECT
from services.alarm_router.domain.state import COMMAND_VALID_US, State
from services.contracts import alarm as a
from services.contracts import interruption as i
from services.contracts.codec import digest
from services.contracts.commands import instant_of
from services.contracts.envelope import Accepted, Already, Answer, Decision, Event, Refused
from services.eventsourcing.counting import LogBroken
from services.eventsourcing.partition import Outcome, Partition
from services.eventsourcing.ports import Record
from services.simulation.messages import Messages
from tests.properties.core.model import Rules, Violation, World, Writer, expect

WRITERS = 3
EPISODE_STEPS = 1000
ONCE = (
    a.AlarmRaised,
    a.ClaimFellDue,
    a.AlarmEscalated,
    a.EscalationSignedFor,
    a.PoliceDispatched,
    a.PoliceOnScene,
    a.AlarmClosed,
    a.AlarmArchived,
)
INTERRUPTED_ONCE = (i.InterruptionBegan, i.InterruptionSettled, i.InterruptionArchived)
OF_TIME = (  # with whatever is decided
    a.ClaimFellDue,
    a.EscalationAskedAgain,
    a.ClockFaulted,
    a.ClockTrusted,
    i.InterruptionSettled,
    i.InterruptionArchived,
    i.MaintenanceWindowArchived,
)
TYPED = b'{"type":"report.typed_while_undecided.v1"'


class Judge(AlarmRouter):
    """A machine that judges each counting decision on the state before it, then folds it."""

    def __init__(self, world: World) -> None:
        self._inbox = world.inbox
        self._machines = {code: machine() for code, machine in world.rules.codes.items()}
        self._source = -2
        self._once: set[tuple[object, ...]] = set()
        self._signals: set[str] = set()
        self._heard: set[str] = set()
        self._windows: dict[str, tuple[i.MaintenanceWindowOpened, int]] = {}
        self.answers: dict[str, tuple[Answer, tuple[Event, ...]]] = {}
        self._code: str | None = None
        self._counts = world.counts
        self.decide_again = True

    def evolve(self, state: State, decision: Decision, offset: int) -> None:
        """See the machine."""
        if decision.source.offset >= 0:
            if self.decide_again:
                self._judge(state, decision)
            self._say_once(decision)
        self._source = decision.source.offset
        self._counts["version changed"] += self._code not in (None, decision.code)
        self._code = decision.code
        super().evolve(state, decision, offset)
        if self.decide_again:
            _is_whole(state)

    def _judge(self, state: State, decision: Decision) -> None:
        source = decision.source
        expect(source.offset > self._source, f"inbox {source.offset} was decided after {self._source}")
        expect(digest(self._inbox[source.offset].value) == source.hash, "the source is another record")
        machine = self._machines[decision.code]
        for left_out in self._inbox[max(0, self._source + 1) : source.offset]:
            expect(machine.decide(state, left_out) is None, f"inbox {left_out.offset} was left out")
        found = Outcome(decision.time, decision.subject, decision.id, decision.answer, decision.events)
        again = machine.decide(state, self._inbox[source.offset])
        expect(
            again == found, f"inbox {source.offset} was not decided on the state before it: {found}, {again}"
        )

    def _say_once(self, decision: Decision) -> None:
        for event in decision.events:
            self._covers_beforehand(event, decision.time)
            if isinstance(event, i.InterruptionBegan):
                told = self._inbox[decision.source.offset].value
                expect(b'"qualifier":"restore"' not in told, "a restore began an interruption")
            said = _said(event)
            expect(said is None or said not in self._once, f"said twice: {said}")
            if said is not None:
                self._once.add(said)
            if isinstance(event, a.AlarmReleased):
                self._once.discard((a.ClaimFellDue, event.alarm))
        if "/" in decision.id:
            self._signal_once(decision)
        elif self._inbox[decision.source.offset].value.startswith(TYPED):
            self.answers.setdefault(decision.id, (decision.answer, decision.events))
        else:
            self._answer_once(decision)

    def _covers_beforehand(self, event: Event, time: int) -> None:
        if isinstance(event, i.MaintenanceWindowOpened):
            self._windows[event.window] = event, time
        if isinstance(event, i.InterruptionBegan | i.InterruptionWidened) and event.fact.covered_by:
            window, decided_at = self._windows[event.fact.covered_by]
            expect(
                decided_at < event.fact.received_at, "a window covers what was received before it was said"
            )
            expect(
                window.from_us <= event.fact.received_at < window.until_us, "a window covers beyond its times"
            )

    def _signal_once(self, decision: Decision) -> None:
        if decision.id in self._signals:
            expect(decision.answer != Accepted(), f"{decision.id} was accepted twice")
        if decision.answer == Accepted():
            self._signals.add(decision.id)
        if decision.id.startswith(("run-", "carried/")):
            known = decision.answer != Already() or decision.id in self._heard
            expect(known, f"{decision.id} was taken for a repetition of what was never decided")
            self._heard.add(decision.id)

    def _answer_once(self, decision: Decision) -> None:
        first = self.answers.setdefault(decision.id, (decision.answer, decision.events))[0]
        if self.answers[decision.id][1] is decision.events:
            return
        expired = decision.time > instant_of(decision.id) + COMMAND_VALID_US
        again = decision.answer == first or (expired and decision.answer == Refused(reason="too_late"))
        expect(again, f"command {decision.id} was answered {first}, then {decision.answer}")
        own = [event for event in decision.events if not _is_of_time(event)]
        expect(not own, f"the repeated command {decision.id} said {own}")


def _is_whole(state: State) -> None:
    """The parts of the state agree, and are bounded."""
    expect(state.happenings.keys() == state.alarms.keys(), "an alarm without its signals, or they without it")
    held = Counter(happening.group for happening in state.happenings.values())
    for subject, group in state.groups.items():
        expect(
            group.alarms == held[group.id], f"the happening of {subject} is forgotten too early or too late"
        )
    for subject, alarms in state.open_of.items():
        expect(0 < len(alarms) <= OPEN_PER_SUBJECT, f"{len(alarms)} open alarms of {subject}")
    _is_whole_book(state.book)


def _is_whole_book(book: Book) -> None:
    """What is held stands under its subject, and settles in one of two: what is covered, and what is not."""
    listed = [name for names in book.held_of.values() for name in names]
    expect(sorted(listed) == sorted(book.held), "an interruption without its subject, or the other way round")
    for subject in book.held_of:
        settling = Counter(one.covered for one in book.of(subject) if one.judged_at is None)
        expect(max(settling.values(), default=0) <= 1, f"several interruptions settle at {subject}")


def _said(event: Event) -> tuple[object, ...] | None:
    """What may be said once."""
    if isinstance(event, ONCE):
        return type(event), event.alarm
    if isinstance(event, INTERRUPTED_ONCE):
        return type(event), event.interruption
    if isinstance(event, a.EscalationAskedAgain | a.EscalationDelivered):
        outcome = event.outcome if isinstance(event, a.EscalationDelivered) else ""
        return type(event), event.escalation, event.attempt, outcome
    if isinstance(event, a.AlarmAdopted):
        return type(event), event.alarm, event.site, event.registry_position
    if isinstance(event, a.FeedbackGiven) and event.final:
        return type(event), event.escalation
    return None


def _is_of_time(event: Event) -> bool:
    if isinstance(event, a.AlarmRaised | a.AlarmOccurred):
        return event.class_ == "system"
    return isinstance(event, OF_TIME)


class Reader:
    """Reads on from where it was. `exposed`: the log was cut below its position."""

    def __init__(self, rules: Rules, judge: Judge) -> None:
        self.rules = rules
        self.judge = judge
        self.chain = rules.chain()
        self.counted: list[tuple[int, bytes]] = []
        self.exposed = False

    def read(self, world: World, most: int) -> bool:
        """Read some; False when this reader was told that the log was cut."""
        start = self.chain.offset
        if start > len(world.log):
            return False
        try:
            for record in world.log[start : start + most]:
                self.take(record)
        except LogBroken:
            if not self.exposed:
                raise
            return False
        return True

    def agree(self, truth: list[tuple[int, bytes]], known: int) -> None:
        """Compare what was counted since the first `known`; all of it after a cut that nobody was told of."""
        if self.exposed and len(self.counted) > known:
            self.exposed, known = False, 0
        if not self.exposed:
            upto = len(self.counted)
            expect(self.counted[known:] == truth[known:upto], "two readers count different decisions")

    def take(self, record: Record) -> Decision | None:
        """One record."""
        decision = self.chain.take(record)
        if decision is not None:
            self.counted.append((record.offset, digest(record.value)))
        return decision


class Gateway(Reader):
    """A reader that answers commands."""

    def take(self, record: Record) -> Decision | None:
        """One record, and the answer to whoever waits for it."""
        counted = super().take(record)
        decision = self.rules.answers(record, counted)
        if decision is not None and decision.id and "/" not in decision.id and not self.exposed:
            truth = self.judge.answers.get(decision.id)
            expect(truth is not None, f"command {decision.id} was answered and never decided")
            if truth is not None:
                late = decision.answer in (Refused(reason="too_late"), Already())
                expect(late or truth[0] == decision.answer, f"command {decision.id} got another answer")
        return counted


class Episode:
    """A world from its genesis until it has run its steps, or a cut broke it for good."""

    def __init__(self, seed: int, rules: Rules, counts: Counter[str]) -> None:
        self._random = Random(seed)
        self._world = World(self._random, rules, counts)
        self._counts = counts
        self._messages = Messages(self._random, counts)
        self._writers = [Writer(self._world) for _ in range(WRITERS)]
        self._readers: list[Reader] = []
        self._begin_again()
        self._fold()
        self._readers = [Reader(rules, self._judge), Gateway(rules, self._judge)]

    def _begin_again(self) -> None:
        rules = self._world.rules
        self._judge = Judge(self._world)
        self._oracle: Partition[State] = Partition(self._judge, 0, "oracle")
        self._oracle.chain = rules.chain()
        self._truth: list[tuple[int, bytes]] = []
        for reader in self._readers:
            reader.judge = self._judge

    def run(self, steps: int = EPISODE_STEPS) -> int:
        """The steps that were done. Raises `Violation`."""
        try:
            for step in range(steps):
                self._step()
            self._settle()
        except LogBroken as error:
            expect(self._world.cut_once, f"the chain broke without a cut: {error}")
            self._counts["cut found by a fresh fold"] += 1
            return step + 1
        return steps

    def _step(self) -> None:
        world, draw = self._world, self._random.random()
        world.pass_time()
        if draw < 0.24:
            world.tell(self._messages.next(self._oracle.state, world.now))
        elif draw < 0.72:
            self._random.choice(self._writers).step()
        elif draw < 0.89:
            world.deliver()
            self._fold()
        elif draw < 0.98:
            self._poll(self._random.randrange(len(self._readers)), 20)
        elif draw < 0.987:
            self._cut()
        elif draw < 0.992:
            self._late_reader()

    def _fold(self) -> None:
        for record in self._world.log[self._oracle.chain.offset :]:
            if self._oracle.fold(record) is not None:
                self._truth.append((record.offset, digest(record.value)))

    def _poll(self, index: int, most: int) -> None:
        reader = self._readers[index]
        known = len(reader.counted)
        if reader.read(self._world, most):
            reader.agree(self._truth, known)
            return
        self._counts["cut found by a reader"] += 1
        rules = self._world.rules
        self._readers[index] = type(reader)(rules, self._judge)

    def _late_reader(self) -> None:
        reader = Reader(self._world.rules, self._judge)
        reader.read(self._world, len(self._world.log))
        expect(reader.counted == self._truth, "a late reader counts different decisions")
        self._counts["late reader"] += 1

    def _cut(self) -> None:
        """Cut; what is left was judged before, so the oracle only folds it again."""
        self._world.cut()
        for reader in self._readers:
            reader.exposed = reader.exposed or reader.chain.offset > len(self._world.log)
        self._begin_again()
        self._judge.decide_again = False
        self._fold()
        self._judge.decide_again = True

    def _settle(self) -> None:
        """No more misfortunes: what is in flight lands, one writer is left, and everything told is decided."""
        world = self._world
        while world.flights:
            world.deliver()
        self._fold()
        survivor = Writer(world)
        for _ in range(2000):
            survivor.work(patience=0.0)
            while world.flights:
                world.deliver()
            self._fold()
            if self._all_decided():
                break
        expect(self._all_decided(), "something told was never decided")
        for index in range(len(self._readers)):
            self._poll(index, len(world.log))
        self._late_reader()

    def _all_decided(self) -> bool:
        machine, state = AlarmRouter(), self._oracle.state
        left = self._world.inbox[self._oracle.source.offset + 1 :]
        return len(left) < 5 and all(machine.decide(state, record) is None for record in left)


def explore(seed: int, steps: int, rules: Rules, counts: Counter[str]) -> None:
    """Episodes of sub-seeds until `steps` steps are done. A violation names the sub-seed that repeats it."""
    done, episode = 0, 0
    while done < steps:
        sub_seed = seed * 1_000_003 + episode
        try:
            done += Episode(sub_seed, rules, counts).run()
        except Violation as violation:
            raise Violation(f"{violation} (episode seed {sub_seed})") from violation
        episode += 1
    counts["steps"] += done
    counts["episodes"] += episode

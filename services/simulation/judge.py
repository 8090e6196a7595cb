"""Who watches a partition's record: an oracle that decides every counting decision again and knows what was said.

It folds each record the moment it lands, so a decision that was not made on the state before it, an alarm that is
said twice or a second answer ends the world at that step.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from services.alarm_router.domain.answered import CARRIED, COMMAND_VALID_US
from services.alarm_router.domain.machine import AlarmRouter, StopPartition
from services.alarm_router.domain.resuming import RESUME
from services.alarm_router.domain.silence import HEARD, SILENT, Supervised
from services.alarm_router.domain.state import State
from services.contracts import alarm as a
from services.contracts import interruption as i
from services.contracts import liveness as li
from services.contracts import police_track as t
from services.contracts.codec import Unreadable, decode_inbox, digest
from services.contracts.commands import instant_of
from services.contracts.envelope import (
    Accepted,
    Already,
    Answer,
    Decision,
    Event,
    LogMended,
    Refused,
    Skipped,
)
from services.contracts.topics import line_key
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Outcome, Partition
from services.eventsourcing.ports import Record
from services.simulation.hearing import Hearings
from services.simulation.whole import has_its_timers, is_whole
from services.simulation.world import World, expect

Machines = Mapping[str, Callable[[], AlarmRouter]]
ONCE = (
    a.AlarmRaised,
    a.ClaimFellDue,
    a.AlarmEscalated,
    a.EscalationSignedFor,
    a.PoliceDispatched,
    a.PoliceOnScene,
    a.AlarmClosed,
    a.AlarmArchived,
    t.DuplicateNamed,
)
BEGUN_ANEW = (
    a.EscalationSignedFor,
    a.PoliceDispatched,
    a.PoliceOnScene,
)  # once the police gave it back or passed it on
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
WHOLE_EVERY = 16  # decisions between two looks at the whole state
NOT_DECIDED = (Unreadable, StopPartition)


class Judge(AlarmRouter):
    """A machine that judges each counting decision on the state before it, then folds it.

    `acknowledged`: signals that panels were told are kept, by key; `answers`: the first answer to each command.
    """

    def __init__(  # noqa: PLR0913 - whom it judges, and by what
        self,
        world: World,
        inbox: list[Record],
        machines: Machines,
        acknowledged: set[str],
        hearings: Hearings,
        lines: Sequence[str] = (),
    ) -> None:
        """`inbox`: as it lies on the broker; `machines`: the versions of the code, by name.

        `lines`: of its sites; where nobody says them, they are those that the record ever supervised.
        """
        self._world, self._inbox = world, inbox
        self._hearings, self._lines = hearings, dict.fromkeys(lines)
        self._machines = {code: machine() for code, machine in machines.items()}
        self.law = next(iter(self._machines.values())).law
        self._acknowledged = acknowledged
        self._source = -2
        self._once: set[tuple[object, ...]] = set()
        self._windows: dict[str, tuple[i.MaintenanceWindowOpened, int]] = {}
        self._marks: dict[str, int] = {}
        self._count = 0
        self._code: str | None = None
        self._silent: set[str] = set()
        self._supervised: dict[str, Supervised] = {}
        self._judged: dict[str, Supervised | None] = {}
        self._judged_anew: defaultdict[str, list[int]] = defaultdict(list)
        self.decides_again = True
        self.recorded: set[str] = set()
        self.answers: dict[str, tuple[Answer, tuple[Event, ...]]] = {}

    def evolve(self, state: State, decision: Decision, offset: int) -> None:
        """See the machine."""
        if decision.source.offset >= 0 and not decision.id.startswith(RESUME):
            if self.decides_again:
                self._judge(state, decision)
            self._say_once(decision)
        self._source = decision.source.offset
        self._world.seen["version changed"] += self._code not in (None, decision.code)
        self._code = decision.code
        self._world.seen.update(str(event.__struct_config__.tag) for event in decision.events)
        self._fold(state, decision, offset)
        self._is_verified(state, decision)
        self._follows_silence(state, decision)
        self._count += 1
        has_its_timers(state, decision)
        if self._count % WHOLE_EVERY == 0:
            is_whole(state)

    def _fold(self, state: State, decision: Decision, offset: int) -> None:
        """As the version does that decided it; the first record is of none of them."""
        if decision.code in self._machines:
            self._machines[decision.code].evolve(state, decision, offset)
        else:
            super().evolve(state, decision, offset)

    def _follows_silence(self, state: State, decision: Decision) -> None:
        """Silent and heard again take turns; a line that is supervised no more is not silent."""
        silence = state.silence
        for event in decision.events:
            if isinstance(event, li.SystemFellSilent | li.SystemHeardAgain):
                self._turns(event)
                if self.decides_again:
                    report = decode_inbox(self._inbox[decision.source.offset].value)
                    self._hearings.judge(event, report.sent_at)
        self._silent &= silence.supervised.keys()
        expect(self._silent == silence.silent.keys(), f"silent are {self._silent}, not {set(silence.silent)}")
        self._lines |= dict.fromkeys(silence.supervised)
        for line in self._lines:
            if self._judged.get(line) != (known := silence.supervised.get(line)):
                self._judged[line] = known
                self._judged_anew[line].append(silence.told.get(line) or silence.gone.get(line, 0))
        if self.decides_again and self._supervised != silence.supervised:
            self._supervised = dict(silence.supervised)
            self._hearings.follow(self._supervised, self._lines)

    def _turns(self, event: li.SystemFellSilent | li.SystemHeardAgain) -> None:
        line, is_silent = line_key(event.account_space, event.account), isinstance(event, li.SystemFellSilent)
        expect((line in self._silent) != is_silent, f"{line} is silent or heard again, and was so before")
        (self._silent.add if is_silent else self._silent.discard)(line)

    def _judge(self, state: State, decision: Decision) -> None:
        source = decision.source
        expect(source.offset > self._source, f"inbox {source.offset} was decided after {self._source}")
        expect(digest(self._inbox[source.offset].value) == source.hash, "the source is another record")
        machine = self._machines[decision.code]
        if mended := [event for event in decision.events if isinstance(event, LogMended)]:
            self._passes_over(machine, state, mended[0].skipped, source.offset)
            return
        for left_out in self._inbox[max(0, self._source + 1) : source.offset]:
            expect(machine.decide(state, left_out) is None, f"inbox {left_out.offset} was left out")
        found = Outcome(decision.time, decision.subject, decision.id, decision.answer, decision.events)
        again = machine.decide(state, self._inbox[source.offset])
        expect(
            again == found, f"inbox {source.offset} was not decided on the state before it: {found}, {again}"
        )
        self._explains(decision)

    def _passes_over(self, machine: AlarmRouter, state: State, skipped: Sequence[Skipped], last: int) -> None:
        """What two persons passed over is only what nobody can decide, and each of it is named."""
        named = [(one.offset, one.hash) for one in skipped]
        passed = self._inbox[last + 1 - len(named) : last + 1]
        there = [(record.offset, digest(record.value)) for record in passed]
        expect(bool(named) and named == there, f"{there} were passed over, and {named} are named")
        for record in self._inbox[max(0, self._source + 1) : last + 1]:
            try:
                decided = machine.decide(state, record)
            except NOT_DECIDED:
                expect(record.offset >= named[0][0], f"inbox {record.offset} was passed over unnamed")
                continue
            expect(decided is None, f"inbox {record.offset} can be decided and was passed over")

    def _explains(self, decision: Decision) -> None:
        """One outcome for each signal, with its reason where nobody is shown anything."""
        if "/" not in decision.id or decision.id.startswith("unreadable/") or decision.answer != Accepted():
            return
        value = self._inbox[decision.source.offset].value
        if not value.startswith((b'{"type":"signal.', b'{"type":"followup.signal_carried')):
            return
        if not decision.id.startswith(CARRIED):  # which may come by several sites
            self._in_order(decision.id)
        outcomes = [e for e in decision.events if isinstance(e, a.SignalRecorded | a.SignalCarriedOn)]
        expect(len(outcomes) == 1, f"signal {decision.id} has {len(outcomes)} outcomes")
        outcome = outcomes[0]
        if isinstance(outcome, a.SignalRecorded) and outcome.outcome in {"logged", "suppressed"}:
            expect(outcome.reason != "", f"signal {decision.id} is {outcome.outcome} and nobody knows why")

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
            if isinstance(event, t.EscalationReturned | t.EscalationTransferred):
                self._once.difference_update((kind, event.alarm) for kind in BEGUN_ANEW)
        if "/" in decision.id:
            self._signal_once(decision)
        elif self._inbox[decision.source.offset].value.startswith(TYPED):
            self.answers.setdefault(decision.id, (decision.answer, decision.events))
        elif decision.id:
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
        name = decision.id
        if name.startswith((SILENT, HEARD)):
            name = self._report_of(name)
        if decision.answer == Accepted():
            expect(name not in self.recorded, f"{name} was accepted twice")
            self.recorded.add(name)
        elif decision.answer == Already():
            lost = name not in self.recorded and (name in self._acknowledged or name.startswith(CARRIED))
            expect(not lost, f"{name} was told and taken for a repetition of what was never decided")

    def _report_of(self, name: str) -> str:
        """By what a report is the same one when it is said again; its own name is another each time.

        A line of which the register said that it is judged otherwise may fall silent once more, and be silent since the
        same instant; a report that had not seen that is the one of before.
        """
        said, _, seen = name.rpartition("/")
        line = said.removeprefix(SILENT).removeprefix(HEARD).rpartition("/")[0]
        return f"{said}, judged {bisect_right(self._judged_anew[line], int(seen))}"

    def _in_order(self, name: str) -> None:
        """Of a line and run, in the order of its counters. `name`: as `signal_key` makes it."""
        line, _, counter = name.rpartition("/")
        before = self._marks.get(line, 0)
        expect(int(counter) > before, f"{name} was recorded behind counter {before} of its line")
        self._marks[line] = int(counter)

    def _answer_once(self, decision: Decision) -> None:
        if decision.id not in self.answers:
            self.answers[decision.id] = decision.answer, decision.events
            return
        first, _ = self.answers[decision.id]
        expired = decision.time > instant_of(decision.id) + COMMAND_VALID_US
        again = decision.answer == first or (expired and decision.answer == Refused(reason="too_late"))
        expect(again, f"command {decision.id} was answered {first}, then {decision.answer}")
        own = [event for event in decision.events if not _is_of_time(event)]
        expect(not own, f"the repeated command {decision.id} said {own}")

    def _is_verified(self, state: State, decision: Decision) -> None:
        """Nothing is escalated without a recorded verification (FJ-2015:16(3))."""
        for event in decision.events:
            if isinstance(event, a.AlarmEscalated):
                verification = state.alarms[event.alarm].verification
                expect(verification is not None, f"{event.alarm} was escalated without a verification")
                false = verification is not None and verification.result == "false_alarm"
                expect(not false, f"{event.alarm} was escalated as a false alarm")


class Oracle(Partition[State]):
    """One partition as its record implies it. `decisions`: what counts, with its offset."""

    judge: Judge

    def __init__(self, judge: Judge, partition: int, chain: Callable[[], Chain] = Chain) -> None:
        super().__init__(judge, partition, "oracle")
        self.judge = judge
        self.chain = chain()
        self.decisions: list[tuple[int, Decision]] = []

    def take(self, record: Record) -> Decision | None:
        """One record that landed. Raises `Violation`."""
        decision = self.fold(record)
        if decision is not None:
            self.decisions.append((record.offset, decision))
        return decision

    def undecided(self, inbox: list[Record]) -> int:
        """How many inbox records wait that are not empty ticks."""
        left = inbox[self.source.offset + 1 :]
        return sum(not record.value.startswith(b'{"type":"tick.v1"') for record in left)


Oracles: TypeAlias = Mapping[int, Oracle]  # by partition


def poisons(record: Record) -> bool:
    """Whether a record stops its partition."""
    try:
        decode_inbox(record.value)
    except Unreadable as error:
        return type(error).__name__ == "UnknownTag"
    return False


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

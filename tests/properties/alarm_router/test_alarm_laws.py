"""Laws of one alarm, whatever is asked by whomever in whatever order, all of it also again.

A witness reads only what the record says: escalated at most once and only after a verification that allows it,
closed stays closed, the holder is who the last event says, each stage of the police track happens once, no guard goes
back on its way, and each report-at-once rule is suggested once.
"""

from __future__ import annotations

from typing import Any, NamedTuple, get_args

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import guard as g
from services.contracts.envelope import Accepted, Already, Command, Decision, Event, InboxRecord, Refused
from services.contracts.refusal import CommandRefused
from services.contracts.reports import EscalationReceipt
from services.contracts.stored import Actor
from services.contracts.suggestion import ReportSuggested
from tests.unit.alarm_router.saying import BUREAU, LI, MINUTE, QIAN, REASON, SECOND, SITE, WANG, ZHAO, Desk

SUN = Actor(id="sun", roles=("operator",), provider="another")
ZHOU = Actor(id="zhou", roles=("police",), bureau=BUREAU)
WU = Actor(id="wu", roles=("police",), bureau="another")
PEOPLE = (WANG, WANG, LI, ZHAO, QIAN, ZHOU, SUN, WU)
RESULTS: tuple[c.VerificationResult, ...] = ("confirmed", "undetermined", "false_alarm")
RULES: tuple[c.ReportAtOnceRule | None, ...] = (None, "duress", "guard_confirmed")
DISPOSITIONS: tuple[c.Disposition | None, ...] = (None, "valid", "false_alarm")
KINDS = (
    "claim",
    "release",
    "hand over",
    "take over",
    "note",
    "verify",
    "escalate",
    "close",
    "sign for",
    "dispatch",
    "on scene",
    "feedback",
    "receipt",
    "typed",
    "again",
    "order guard",
    "guard step",
    "guard result",
)
STEPS_OF_GUARDS: tuple[g.GuardStep, ...] = ("accepted", "en_route", "arrived", "searched", "left")
FINDINGS: tuple[g.GuardFinding, ...] = ("nothing", "signs_of_entry", "person_present")
WAITS = (0, 0, 0, SECOND, 31 * SECOND, 3 * MINUTE)


class Step(NamedTuple):
    """Somebody asks something; `which` chooses among its forms. Then time passes."""

    kind: str
    who: int
    which: int
    wait: int


STEPS = st.builds(
    Step,
    kind=st.sampled_from(KINDS),
    who=st.integers(0, len(PEOPLE) - 1),
    which=st.integers(0, 8),
    wait=st.sampled_from(WAITS),
)


class Witness:
    """What the record has said of the alarm. Raises when it says what cannot be."""

    def __init__(self, alarm: str) -> None:
        self.alarm = alarm
        self.holder: str | None = None
        self.verification: str | None = None
        self.escalation: str | None = None
        self.closed = False
        self.final = False
        self.known_to_police = False
        self.attempt = 1
        self.once: set[type] = set()
        self.guards: dict[str, str] = {}
        self.suggested: set[str] = set()

    def reads(self, decision: Decision) -> None:
        """One decision: nothing of its own follows unless it was accepted, but that it was refused."""
        refused = [event for event in decision.events if isinstance(event, CommandRefused)]
        assert isinstance(decision.answer, Refused) or not refused
        assert isinstance(decision.answer, Accepted) or not acts_in(decision)
        for event in decision.events:
            if getattr(event, "alarm", None) == self.alarm:
                self._read(event)

    def _read(self, event: Any) -> None:
        match event:
            case g.GuardOrdered() | g.GuardReported() | g.GuardFound():
                self._open()
                self._read_guard(event)
            case a.AlarmNoted():
                assert event.undecided or not self.closed
            case a.AlarmVerified():
                self._works(event.by)
                self.verification = event.result
            case a.AlarmEscalated():
                self._escalates(event)
            case a.AlarmClosed():
                self._works(event.by)
                self.closed = True
            case ReportSuggested():
                assert event.rule not in self.suggested
                self.suggested.add(event.rule)
            case a.EscalationDelivered() | a.EscalationAskedAgain() | a.EscalationSignedFor():
                self._read_police(event)
            case a.PoliceDispatched() | a.PoliceOnScene() | a.FeedbackGiven():
                self._read_police(event)
            case _:
                self._read_hands(event)

    def _read_hands(self, event: Any) -> None:
        match event:
            case a.AlarmClaimed():
                self._open()
                assert self.holder is None
                self.holder = event.by.id
            case a.AlarmReleased():
                self._works(event.by)
                self.holder = None
            case a.AlarmHandedOver():
                self._works(event.by)
                assert event.to != self.holder
                self.holder = event.to
            case a.AlarmTakenOver():
                self._open()
                assert event.held_by == self.holder != event.by.id
                self.holder = event.by.id
            case a.ClaimFellDue():
                self._open()
                assert self.holder is None
            case CommandRefused():
                pass
            case _:
                raise AssertionError(f"what of {event}?")

    def _read_guard(self, event: g.GuardEvent) -> None:
        match event:
            case g.GuardOrdered():
                assert event.guard not in self.guards
                assert self.holder is not None or not self.guards
                self.guards[event.guard] = ""
            case g.GuardReported():
                steps = ["", *STEPS_OF_GUARDS]
                assert steps.index(self.guards[event.guard]) < steps.index(event.step)
                self.guards[event.guard] = event.step
            case g.GuardFound():
                assert self.guards[event.guard] != "left"

    def _read_police(self, event: Any) -> None:
        assert event.escalation == self.escalation
        match event:
            case a.EscalationDelivered():
                assert 1 <= event.attempt <= self.attempt
                self.known_to_police = True
            case a.EscalationAskedAgain():
                assert not self.known_to_police
                assert event.attempt == self.attempt + 1
                self.attempt += 1
            case a.EscalationSignedFor() | a.PoliceDispatched() | a.PoliceOnScene():
                assert type(event) not in self.once
                self.once.add(type(event))
                self._acts(event.by)
            case a.FeedbackGiven():
                assert self.once
                self._acts(event.by)
                self.final = event.final
                assert event.disposition is not None or not event.final
            case _:
                raise AssertionError(f"what of {event}?")

    def _open(self) -> None:
        assert not self.closed

    def _works(self, by: Actor) -> None:
        self._open()
        assert self.holder is not None
        assert by.id == self.holder or "shift_supervisor" in by.roles

    def _escalates(self, event: a.AlarmEscalated) -> None:
        self._works(event.by)
        assert self.escalation is None
        assert self.verification == "confirmed" or (self.verification == "undetermined" and event.rule)
        self.escalation = event.escalation

    def _acts(self, by: Actor) -> None:
        assert not self.final
        assert by.bureau in {None, BUREAU}
        self.known_to_police = True


class Centre:
    """A desk with one alarm, and everything that was asked there."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.desk.registered()
        self.witness = Witness(self.desk.alarm().alarm)
        self.asked: list[tuple[InboxRecord, Decision]] = []

    def does(self, step: Step) -> None:
        """One step, judged by the witness; then a tick."""
        if step.kind == "again":
            self._again(step)
        else:
            message = self._message(step)
            decision = self.desk.told(message)
            self.witness.reads(decision)
            self.asked.append((message, decision))
        self.desk.now += step.wait
        ticked = self.desk.tick()
        if ticked is not None:
            self.witness.reads(ticked)
        self._agrees()

    def _again(self, step: Step) -> None:
        """What was asked before, again: the first answer, or too late; and nothing follows.

        A program's report that was refused may be true by now: the receipt of a sending that was asked for since.
        """
        if not self.asked:
            return
        message, first = self.asked[-1 - step.which % len(self.asked)]
        again = self.desk.told(message)
        self.witness.reads(again)
        if isinstance(message, Command):
            assert not acts_in(again)
            late = getattr(again.answer, "reason", "") == "too_late"
            assert late or again.answer == first.answer
        elif isinstance(first.answer, Accepted):
            assert again.answer == Already()
            assert not acts_in(again)

    def _agrees(self) -> None:
        alarm = self.desk.state.alarms[self.witness.alarm]
        assert alarm.holder == self.witness.holder
        assert (alarm.closed_at is not None) == self.witness.closed
        assert (alarm.escalation.id if alarm.escalation else None) == self.witness.escalation

    def _message(self, step: Step) -> InboxRecord:
        head, which = self.desk.head(PEOPLE[step.who]), step.which
        whole: dict[str, Any] = {**head, "alarm": self.witness.alarm}
        match step.kind:
            case "claim":
                return c.ClaimAlarm(**whole)
            case "release":
                return c.ReleaseAlarm(**whole)
            case "hand over":
                return c.HandOverAlarm(**whole, to=PEOPLE[which % 4].id)
            case "take over":
                return c.TakeOverAlarm(**whole, reason=REASON)
            case "note":
                return c.NoteAlarm(**whole, note=REASON)
            case "verify":
                evidence = (c.Evidence(kind="call"),)
                return c.VerifyAlarm(**whole, result=RESULTS[which % 3], evidence=evidence)
            case "escalate":
                return c.EscalateAlarm(**whole, rule=RULES[which % 3])
            case "close":
                return c.CloseAlarm(**whole, reason=REASON)
            case "order guard" | "guard step" | "guard result":
                return self._of_guards(step, whole)
            case _:
                return self._to_the_police(step, {**head, "escalation": self.witness.escalation or "none"})

    def _of_guards(self, step: Step, whole: dict[str, Any]) -> InboxRecord:
        guard = [*self.witness.guards, "none"][step.which % (len(self.witness.guards) + 1)]
        match step.kind:
            case "order guard":
                return g.OrderGuard(**whole, unit=REASON)
            case "guard step":
                return g.ReportGuard(**whole, guard=guard, step=STEPS_OF_GUARDS[step.which % 5])
            case _:
                return g.ReportGuardResult(**whole, guard=guard, finding=FINDINGS[step.which % 3])

    def _to_the_police(self, step: Step, whole: dict[str, Any]) -> InboxRecord:
        which = step.which
        match step.kind:
            case "sign for":
                return c.SignForEscalation(**whole, police_incident_no=(None, "A1", "A2")[which % 3])
            case "dispatch":
                return c.DispatchPolice(**whole, unit=("", "0512")[which % 2])
            case "on scene":
                return c.ReportOnScene(**whole)
            case "feedback":
                disposition = DISPOSITIONS[which % 3]
                return c.GiveFeedback(**whole, text=REASON, disposition=disposition, final=which > 4)
            case "receipt":
                return EscalationReceipt(
                    sender="outbound",
                    sent_at=self.desk.now,
                    subject=SITE,
                    escalation=whole["escalation"],
                    attempt=1 + which % 3,
                    outcome="refused" if which > 5 else "delivered",
                    endpoint="https://110.example",
                )
            case _:
                return self.desk.typed(which % 3, PEOPLE[step.who])


def acts_in(decision: Decision) -> list[Event]:
    """What was done in a decision, beside what fell due and what the system says of itself."""
    return [event for event in decision.events if isinstance(event, ACTS)]


DEADLINES = {a.ClaimFellDue, a.EscalationAskedAgain, a.AlarmArchived, a.AlarmRaised, a.AlarmOccurred}
ACTS = tuple({*get_args(a.AlarmEvent), *get_args(g.GuardEvent)} - DEADLINES)
REPORTED = (Step("claim", 0, 0, 0), Step("verify", 0, 0, 0), Step("escalate", 0, 0, 0))
SIGNED = (*REPORTED, Step("sign for", 4, 1, 0))


@settings(deadline=None, max_examples=400)
@given(st.sampled_from([(), REPORTED[:2], REPORTED, SIGNED]), st.lists(STEPS, max_size=40))
@example(SIGNED, [Step("feedback", 4, 7, 0), Step("dispatch", 5, 1, 0), Step("again", 0, 1, 0)])
@example((), [Step("order guard", 2, 0, 0), Step("guard step", 0, 4, 0), Step("guard result", 0, 1, 0)])
@example(REPORTED, [Step("close", 0, 0, 31 * SECOND), Step("note", 0, 0, MINUTE), Step("typed", 0, 1, 0)])
@example((), [Step("typed", 0, 1, 4 * MINUTE), Step("again", 0, 0, 0)])
def test_the_record_never_says_what_cannot_be(begun: tuple[Step, ...], steps: list[Step]) -> None:
    centre = Centre()
    for step in (*begun, *steps):
        centre.does(step)

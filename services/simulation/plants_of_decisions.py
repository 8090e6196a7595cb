"""Machines that decide or remember what they must not, planted to show that the simulator finds it."""

from __future__ import annotations

import heapq
from abc import abstractmethod
from collections.abc import Iterator
from itertools import chain

from msgspec.structs import replace

from services.alarm_router.domain.alarm import KEPT_US, Verification
from services.alarm_router.domain.answered import CARRIED
from services.alarm_router.domain.line import same_signal
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts import alarm as a
from services.contracts.codec import decode_inbox
from services.contracts.envelope import TICK, Accepted, Already, Decision, Event, Refused
from services.contracts.reports import SignalCarried
from services.contracts.restores import RestorePassedBack
from services.eventsourcing.partition import Outcome
from services.eventsourcing.ports import Record
from services.simulation.rules import LAW


class LawfulRouter(AlarmRouter):
    """By the packs that are shipped."""

    def __init__(self) -> None:
        super().__init__(LAW)


class AlteringRouter(LawfulRouter):
    """Decides what is right, and says something else."""

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        outcome = super().decide(state, record)
        return None if outcome is None else replace(outcome, events=tuple(self.altered(outcome.events)))

    @abstractmethod
    def altered(self, events: tuple[Event, ...]) -> Iterator[Event]:
        """What is said instead."""


class ForgetfulRouter(LawfulRouter):
    """Keeps its deadlines beside the state, where a crash takes them."""

    def __init__(self) -> None:
        super().__init__()
        self._due: list[tuple[int, str]] = []

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        outcome = super().decide(state, record)
        if outcome is None:
            return None
        raised = [event for event in outcome.events if isinstance(event, a.AlarmRaised)]
        for event in raised:
            heapq.heappush(self._due, (event.claim_due, event.alarm))
        others = tuple(event for event in outcome.events if not isinstance(event, a.ClaimFellDue))
        fallen = self._fallen(state, outcome.time)
        if outcome.id.startswith(TICK) and not others + fallen:
            return None
        return Outcome(outcome.time, outcome.subject, outcome.id, outcome.answer, fallen + others)

    def _fallen(self, state: State, time: int) -> tuple[a.ClaimFellDue, ...]:
        fallen = []
        while self._due and self._due[0][0] <= time:
            alarm = state.alarms.get(heapq.heappop(self._due)[1])
            if alarm is not None and alarm.holder is None and not alarm.overdue:
                fallen.append(a.ClaimFellDue(alarm=alarm.id))
        return tuple(fallen)


class OneMarkRouter(LawfulRouter):
    """Knows a carried signal by the marks of the direct ones, which may be newer."""

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        outcome = super().decide(state, record)
        if outcome is None or not outcome.id.startswith(CARRIED):
            return outcome
        message = decode_inbox(record.value)
        if isinstance(message, SignalCarried) and same_signal(state.lines, message.signal.id):
            return Outcome(outcome.time, outcome.subject, outcome.id, Already(), ())
        return outcome


class AnewRouter(LawfulRouter):
    """Answers a repeated command as if it had never been asked."""

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        kept, state.answers = state.answers, {}
        try:
            return super().decide(state, record)
        finally:
            state.answers = kept


class ContraryRouter(LawfulRouter):
    """Where a command changed nothing, its repetition is told the contrary."""

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        outcome = super().decide(state, record)
        if outcome is None or outcome.events or outcome.id not in state.answers:
            return outcome
        contrary = Refused(reason="alarm.not_open") if outcome.answer == Accepted() else Accepted()
        return replace(outcome, answer=contrary)


class KeepingRouter(AlteringRouter):
    """Keeps the restores of a merged shell for itself."""

    def altered(self, events: tuple[Event, ...]) -> Iterator[Event]:
        """See above."""
        return (event for event in events if not isinstance(event, RestorePassedBack))


class UnverifiedRouter(LawfulRouter):
    """Takes every alarm for verified."""

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        kept = state.alarms
        state.alarms = {
            name: replace(alarm, verification=alarm.verification or Verification("confirmed", "nobody"))
            for name, alarm in kept.items()
        }
        try:
            return super().decide(state, record)
        finally:
            state.alarms = kept


class TwiceExplainingRouter(AlteringRouter):
    """Has two outcomes for a signal that is shown to nobody."""

    def altered(self, events: tuple[Event, ...]) -> Iterator[Event]:
        """See above."""
        again = (one for one in events if isinstance(one, a.SignalRecorded) and one.outcome == "logged")
        return chain(events, again)


class UnexplainingRouter(AlteringRouter):
    """Does not say why a signal is shown to nobody."""

    def altered(self, events: tuple[Event, ...]) -> Iterator[Event]:
        """See above."""
        return (replace(one, reason="") if isinstance(one, a.SignalRecorded) else one for one in events)


class HoardingRouter(LawfulRouter):
    """Sets a deadline anew with whatever happens, and takes the one before off never."""

    def evolve(self, state: State, decision: Decision, offset: int) -> None:
        """See the machine."""
        super().evolve(state, decision, offset)
        heapq.heappush(state.deadlines, (decision.time + KEPT_US, "alarm", decision.id))

"""Rules that look as good as the product's and are not. The model must find what each does wrong."""

from __future__ import annotations

import heapq

from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import CARRIED, State, same_signal
from services.contracts import alarm as a
from services.contracts.codec import decode_decision, decode_inbox, digest
from services.contracts.envelope import Already, Decision
from services.contracts.reports import SignalCarried
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Outcome
from services.eventsourcing.ports import Record
from tests.properties.core.model import Rules


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


class ForgetfulRouter(AlarmRouter):
    """Keeps its deadlines beside the state, where a crash takes them."""

    def __init__(self) -> None:
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
        if outcome.id.startswith("tick/") and not others + fallen:
            return None
        return Outcome(outcome.time, outcome.subject, outcome.id, outcome.answer, fallen + others)

    def _fallen(self, state: State, time: int) -> tuple[a.ClaimFellDue, ...]:
        fallen = []
        while self._due and self._due[0][0] <= time:
            alarm = state.alarms.get(heapq.heappop(self._due)[1])
            if alarm is not None and alarm.holder is None and not alarm.overdue:
                fallen.append(a.ClaimFellDue(alarm=alarm.id))
        return tuple(fallen)


class OneMarkRouter(AlarmRouter):
    """Knows a carried signal by the marks of the direct ones, which may be newer."""

    def decide(self, state: State, record: Record) -> Outcome | None:
        """See the machine."""
        outcome = super().decide(state, record)
        if outcome is None or not outcome.id.startswith(CARRIED):
            return outcome
        message = decode_inbox(record.value)
        if isinstance(message, SignalCarried) and same_signal(state, message.signal.id):
            return Outcome(outcome.time, outcome.subject, outcome.id, Already(), ())
        return outcome


def _whatever_has_the_id(record: Record, counted: Decision | None) -> Decision | None:
    """Answers upon any record with the command's id."""
    return counted or decode_decision(record.value)


MUTANTS = {
    "counting by source": Rules(chain=BySource),
    "three batches in flight, counted by source": Rules(chain=BySource, in_flight=3, verify=False),
    "three batches in flight, nobody waits": Rules(in_flight=3, verify=False),
    "an answer from what does not count": Rules(answers=_whatever_has_the_id),
    "one mark for direct and carried signals": Rules(codes={"1.0": OneMarkRouter}),
    "deadlines beside the state": Rules(codes={"1.0": ForgetfulRouter}),
}

"""One report to the police (FJ-2015:16(3)): delivered, signed for, police on their way, on scene, answered.

The police track. A stage may be skipped where the telephone was quicker; each happens once, feedback many times,
and nothing after the final one. What the centre does with its alarm meanwhile is no business of this track.

Delivery is asked for again until somebody on the police side is known to have it: a receipt (also a refusal, after
which only a person helps), or any act of theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, assert_never

import msgspec
from msgspec.structs import replace

from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts.envelope import Answer
from services.contracts.reports import DeliveryOutcome, EscalationReceipt
from services.contracts.stored import Actor
from services.eventsourcing.decider import ACCEPTED, ALREADY, refused

Command: TypeAlias = c.PoliceCommand
Event: TypeAlias = (
    a.EscalationDelivered
    | a.EscalationAskedAgain
    | a.EscalationSignedFor
    | a.PoliceDispatched
    | a.PoliceOnScene
    | a.FeedbackGiven
)
Decided: TypeAlias = tuple[Answer, tuple[Event, ...]]

SECOND_US = 1_000_000
ASK_AFTER_US = (30 * SECOND_US, 60 * SECOND_US)  # after the first and the second sending
THEN_EVERY_US = 300 * SECOND_US
ASK_FOR_US = 86_400 * SECOND_US
UNDELIVERED_AT = 3  # the sending that is told to a supervisor
TOO_OLD_US = 6 * 86_400 * SECOND_US
WORDS = 200  # of an endpoint, kept
_MAY_ACT = "police"


class Act(msgspec.Struct, frozen=True, gc=False):
    """Who did it, and in which words: to know a repetition from somebody else's."""

    by: str
    words: str = ""


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What an endpoint answered to one sending."""

    attempt: int
    outcome: DeliveryOutcome


class Escalation(msgspec.Struct, frozen=True, gc=False):
    """A report to the police. `ask_at`: when it is sent once more, if nobody is known to have it by then."""

    id: str
    alarm: str
    bureau: str | None
    begun: int
    attempt: int = 1
    ask_at: int | None = None
    receipts: tuple[Receipt, ...] = ()
    signed: Act | None = None
    dispatched: Act | None = None
    on_scene: Act | None = None
    final: Act | None = None


def decide(escalation: Escalation, command: Command) -> Decided:
    """What follows from an act of the police."""
    if (bar := _barred(escalation, command.by)) is not None:
        return bar
    match command:
        case c.SignForEscalation():
            return _sign_for(escalation, command)
        case c.DispatchPolice():
            return _dispatch(escalation, command)
        case c.ReportOnScene():
            return _report_on_scene(escalation, command)
        case c.GiveFeedback():
            return _give_feedback(escalation, command)
        case _:
            assert_never(command)


def take_receipt(escalation: Escalation, receipt: EscalationReceipt, now: int) -> Decided:
    """What follows from an endpoint's answer; the same attempt and outcome again is the same answer again."""
    if Receipt(receipt.attempt, receipt.outcome) in escalation.receipts:
        return ALREADY, ()
    if now > escalation.begun + TOO_OLD_US:
        return refused("too_old"), ()
    if not 1 <= receipt.attempt <= escalation.attempt:
        return refused("escalation.attempt_unknown", attempts=str(escalation.attempt)), ()
    delivered = a.EscalationDelivered(
        alarm=escalation.alarm,
        escalation=escalation.id,
        attempt=receipt.attempt,
        outcome=receipt.outcome,
        endpoint=receipt.endpoint[:WORDS],
        detail=receipt.detail[:WORDS],
    )
    return ACCEPTED, (delivered,)


def is_refused(escalation: Escalation) -> bool:
    """Whether an endpoint said that it will not take it."""
    return any(receipt.outcome == "refused" for receipt in escalation.receipts)


def due(escalation: Escalation, now: int) -> tuple[Event, ...]:
    """What time has brought: nobody is known to have it, so it is sent once more."""
    if escalation.ask_at is None or now < escalation.ask_at:
        return ()
    again = a.EscalationAskedAgain(
        alarm=escalation.alarm,
        escalation=escalation.id,
        bureau=escalation.bureau,
        attempt=escalation.attempt + 1,
    )
    return (again,)


def is_undelivered(escalation: Escalation, event: a.EscalationAskedAgain, now: int) -> bool:
    """Whether a supervisor is told with this sending: the third, or an earlier one that is the last."""
    last = _next_asking(escalation, event.attempt, now) is None
    return event.attempt == UNDELIVERED_AT or (last and event.attempt < UNDELIVERED_AT)


def begun(event: a.AlarmEscalated, at: int) -> Escalation:
    """The escalation as it begins; the decision itself is its first sending."""
    ask_at = at + ASK_AFTER_US[0]
    return Escalation(event.escalation, event.alarm, event.bureau, begun=at, ask_at=ask_at)


def evolve(escalation: Escalation, event: Event, at: int) -> Escalation:
    """The escalation after `event`, decided at `at`."""
    return FOLDS[type(event)](escalation, event, at)


def _asked_again(escalation: Escalation, event: a.EscalationAskedAgain, at: int) -> Escalation:
    return replace(escalation, attempt=event.attempt, ask_at=_next_asking(escalation, event.attempt, at))


def _next_asking(escalation: Escalation, sent: int, at: int) -> int | None:
    """When it is sent once more after the sending number `sent` at `at`; never beyond a day."""
    ask_at = at + (ASK_AFTER_US[sent - 1] if sent <= len(ASK_AFTER_US) else THEN_EVERY_US)
    return ask_at if ask_at <= escalation.begun + ASK_FOR_US else None


def _delivered(escalation: Escalation, event: a.EscalationDelivered, _: int) -> Escalation:
    receipts = (*escalation.receipts, Receipt(event.attempt, event.outcome))
    return replace(escalation, receipts=receipts, ask_at=None)


def _signed_for(escalation: Escalation, event: a.EscalationSignedFor, _: int) -> Escalation:
    return replace(escalation, signed=Act(event.by.id, event.police_incident_no or ""), ask_at=None)


def _dispatched(escalation: Escalation, event: a.PoliceDispatched, _: int) -> Escalation:
    return replace(escalation, dispatched=Act(event.by.id, event.unit), ask_at=None)


def _on_scene(escalation: Escalation, event: a.PoliceOnScene, _: int) -> Escalation:
    return replace(escalation, on_scene=Act(event.by.id), ask_at=None)


def _feedback_given(escalation: Escalation, event: a.FeedbackGiven, _: int) -> Escalation:
    final = Act(event.by.id, event.disposition or "") if event.final else escalation.final
    return replace(escalation, final=final, ask_at=None)


# A table for the same reason as `state.FOLDS`.
FOLDS: Final[Mapping[type, Callable[..., Escalation]]] = {
    a.EscalationAskedAgain: _asked_again,
    a.EscalationDelivered: _delivered,
    a.EscalationSignedFor: _signed_for,
    a.PoliceDispatched: _dispatched,
    a.PoliceOnScene: _on_scene,
    a.FeedbackGiven: _feedback_given,
}


def _refused(reason: str, **params: str) -> Decided:
    return refused(reason, **params), ()


def _barred(escalation: Escalation, by: Actor) -> Decided | None:
    """Why this person may not act on it at all, if so. One of no known bureau is shown to all, and is all of theirs."""
    if _MAY_ACT not in by.roles:
        return _refused("role.missing", role=_MAY_ACT)
    if by.bureau is not None and escalation.bureau not in {None, by.bureau}:
        return _refused("scope.not_visible")
    return None


def _was_done(done: Act | None, asked: Act, reason: str) -> Decided | None:
    """The answer if somebody did it before: `already` to the same words of the same person, else who was first."""
    if done is None:
        return None
    if done.by == asked.by and asked.words in {"", done.words}:
        return ALREADY, ()
    return _refused(reason, by=done.by)


def _over(escalation: Escalation) -> Decided | None:
    return None if escalation.final is None else _refused("escalation.final", by=escalation.final.by)


def _sign_for(escalation: Escalation, command: c.SignForEscalation) -> Decided:
    asked = Act(command.by.id, command.police_incident_no or "")
    answer = _was_done(escalation.signed, asked, "escalation.signed_for") or _over(escalation)
    if answer is not None:
        return answer
    signed = a.EscalationSignedFor(
        alarm=escalation.alarm,
        escalation=escalation.id,
        by=command.by,
        police_incident_no=command.police_incident_no,
    )
    return ACCEPTED, (signed,)


def _dispatch(escalation: Escalation, command: c.DispatchPolice) -> Decided:
    asked = Act(command.by.id, command.unit)
    answer = _was_done(escalation.dispatched, asked, "escalation.dispatched") or _over(escalation)
    if answer is not None:
        return answer
    dispatched = a.PoliceDispatched(
        alarm=escalation.alarm, escalation=escalation.id, by=command.by, unit=command.unit
    )
    return ACCEPTED, (dispatched,)


def _report_on_scene(escalation: Escalation, command: c.ReportOnScene) -> Decided:
    asked = Act(command.by.id)
    answer = _was_done(escalation.on_scene, asked, "escalation.on_scene") or _over(escalation)
    if answer is not None:
        return answer
    return ACCEPTED, (a.PoliceOnScene(alarm=escalation.alarm, escalation=escalation.id, by=command.by),)


def _give_feedback(escalation: Escalation, command: c.GiveFeedback) -> Decided:
    """Somebody must have taken note in any way before there is something to tell."""
    if command.final and command.disposition is None:
        return _refused("escalation.disposition_needed")
    if command.final and escalation.final == Act(command.by.id, command.disposition or ""):
        return ALREADY, ()
    if (over := _over(escalation)) is not None:
        return over
    if escalation.signed is None and escalation.dispatched is None and escalation.on_scene is None:
        return _refused("escalation.not_signed_for")
    given = a.FeedbackGiven(
        alarm=escalation.alarm,
        escalation=escalation.id,
        by=command.by,
        text=command.text,
        disposition=command.disposition,
        final=command.final,
    )
    return ACCEPTED, (given,)

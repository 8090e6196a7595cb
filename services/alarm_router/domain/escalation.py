"""One report to the police (FJ-2015:16(3)): delivered, signed for, police on their way, on scene, answered.

The police track. A stage may be skipped where the telephone was quicker; each happens once, feedback many times,
and nothing after the final one. What the centre does with its alarm meanwhile is no business of this track.

Delivery is asked for again until somebody on the police side is known to have it: a receipt (also a refusal, after
which only a person helps), any act of theirs, or a telephone call that a person wrote down. What is added later, or
passed on to another bureau, goes out as a further sending and is asked for in the same way. `acting` has the acts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from services.contracts import alarm as a
from services.contracts import police_track as pt
from services.contracts.envelope import Answer
from services.contracts.reports import DeliveryOutcome, EscalationReceipt
from services.contracts.stored import Actor
from services.eventsourcing.decider import ACCEPTED, ALREADY, refused

Event: TypeAlias = (
    a.EscalationDelivered
    | a.EscalationAskedAgain
    | a.EscalationSignedFor
    | a.PoliceDispatched
    | a.PoliceOnScene
    | a.FeedbackGiven
    | pt.PoliceTrackEvent
)
Decided: TypeAlias = tuple[Answer, tuple[Event, ...]]

SECOND_US = 1_000_000
ASK_AFTER_US = (30 * SECOND_US, 60 * SECOND_US)  # after the first and the second sending
THEN_EVERY_US = 300 * SECOND_US
ASK_FOR_US = 86_400 * SECOND_US
UNDELIVERED_AT = 3  # the sending that is told to a supervisor
TOO_OLD_US = 6 * 86_400 * SECOND_US
WORDS = 200  # of an endpoint, kept


class Act(msgspec.Struct, frozen=True, gc=False):
    """Who did it, and in which words: to know a repetition from somebody else's."""

    by: str
    words: str = ""


def act(by: Actor, words: str | None = None) -> Act:
    """An act as it is known again. No words are as good as empty ones."""
    return Act(by.id, words or "")


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What an endpoint answered to one sending."""

    attempt: int
    outcome: DeliveryOutcome


class Escalation(msgspec.Struct, frozen=True, gc=False):
    """A report to the police. `ask_at`: when it is sent once more, if nobody is known to have it by then.

    `need`: the sending that holds all there is to say to this bureau, and what must have arrived; `unsure`: the newest
    sending of which nobody knows whether it did.
    """

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
    mark: pt.Mark = "actual"
    need: int = 1
    unsure: int = 0
    returned: Act | None = None
    duplicate: Act | None = None
    transferred: Act | None = None
    stand_down: Act | None = None
    phoned: Act | None = None
    additions: int = 0


def take_receipt(escalation: Escalation, receipt: EscalationReceipt, now: int) -> Decided:
    """What follows from an endpoint's answer; the same attempt and outcome again is the same answer again."""
    if Receipt(receipt.attempt, receipt.outcome) in escalation.receipts:
        return ALREADY, ()
    if now > escalation.begun + TOO_OLD_US:
        return refused("too_old"), ()
    if not 1 <= receipt.attempt <= escalation.attempt:
        return refused("escalation.attempt_unknown", attempts=str(escalation.attempt)), ()
    if receipt.outcome == "unknown" and not _is_news(escalation, receipt.attempt):
        return ALREADY, ()
    delivered = a.EscalationDelivered(
        alarm=escalation.alarm,
        escalation=escalation.id,
        attempt=receipt.attempt,
        outcome=receipt.outcome,
        endpoint=receipt.endpoint[:WORDS],
        detail=receipt.detail[:WORDS],
        asked=receipt.asked,
    )
    return ACCEPTED, (delivered,)


def _is_news(escalation: Escalation, attempt: int) -> bool:
    """Whether it is still worth saying that nobody knows: something is awaited, of no older sending than was said."""
    return escalation.ask_at is not None and attempt > escalation.unsure


def is_refused(escalation: Escalation) -> bool:
    """Whether this bureau's endpoint said that it will not take it."""
    return any(one.outcome == "refused" and one.attempt >= escalation.need for one in escalation.receipts)


def due(escalation: Escalation, now: int) -> tuple[Event, ...]:
    """What time has brought: nobody is known to have it, so it is sent once more."""
    if escalation.ask_at is None or now < escalation.ask_at:
        return ()
    again = a.EscalationAskedAgain(
        alarm=escalation.alarm,
        escalation=escalation.id,
        bureau=escalation.bureau,
        attempt=escalation.attempt + 1,
        mark=escalation.mark,
    )
    return (again,)


def is_undelivered(escalation: Escalation, event: a.EscalationAskedAgain, now: int) -> bool:
    """Whether a supervisor is told with this sending: the third, or an earlier one that is the last."""
    last = _next_asking(escalation, event.attempt, now) is None
    sent = _sent(escalation, event.attempt)
    return sent <= UNDELIVERED_AT and (last or sent == UNDELIVERED_AT)


def begun(event: a.AlarmEscalated, at: int) -> Escalation:
    """The escalation as it begins; the decision itself is its first sending."""
    ask_at = at + ASK_AFTER_US[0]
    return Escalation(event.escalation, event.alarm, event.bureau, begun=at, ask_at=ask_at, mark=event.mark)


def evolve(escalation: Escalation, event: Event, at: int) -> Escalation:
    """The escalation after `event`, decided at `at`."""
    return FOLDS[type(event)](escalation, event, at)


def _asked_again(escalation: Escalation, event: a.EscalationAskedAgain, at: int) -> Escalation:
    return replace(escalation, attempt=event.attempt, ask_at=_next_asking(escalation, event.attempt, at))


def _next_asking(escalation: Escalation, sent: int, at: int) -> int | None:
    """When it is sent once more after the sending number `sent` at `at`; never beyond a day."""
    sent = _sent(escalation, sent)
    ask_at = at + (ASK_AFTER_US[sent - 1] if sent <= len(ASK_AFTER_US) else THEN_EVERY_US)
    return ask_at if ask_at <= escalation.begun + ASK_FOR_US else None


def _sent(escalation: Escalation, attempt: int) -> int:
    """How often what is needed was sent with this sending."""
    return attempt - escalation.need + 1


def _delivered(escalation: Escalation, event: a.EscalationDelivered, _: int) -> Escalation:
    if event.outcome == "unknown":
        return replace(escalation, unsure=event.attempt)
    receipts = (*escalation.receipts, Receipt(event.attempt, event.outcome))
    ask_at = None if event.attempt >= escalation.need else escalation.ask_at
    return replace(escalation, receipts=receipts, ask_at=ask_at)


def _heard_of(escalation: Escalation) -> int | None:
    """When to ask after an act of the police: never, unless something was added that they may not have."""
    return escalation.ask_at if escalation.additions else None


def _signed_for(escalation: Escalation, event: a.EscalationSignedFor, _: int) -> Escalation:
    signed = act(event.by, event.police_incident_no)
    return replace(escalation, signed=signed, returned=None, ask_at=_heard_of(escalation))


def _dispatched(escalation: Escalation, event: a.PoliceDispatched, _: int) -> Escalation:
    dispatched = act(event.by, event.unit)
    return replace(escalation, dispatched=dispatched, returned=None, ask_at=_heard_of(escalation))


def _on_scene(escalation: Escalation, event: a.PoliceOnScene, _: int) -> Escalation:
    return replace(escalation, on_scene=act(event.by), returned=None, ask_at=_heard_of(escalation))


def _feedback_given(escalation: Escalation, event: a.FeedbackGiven, _: int) -> Escalation:
    return replace(escalation, final=act(event.by, event.disposition)) if event.final else escalation


def _returned(escalation: Escalation, event: pt.EscalationReturned, _: int) -> Escalation:
    returned = act(event.by, event.reason)
    return replace(escalation, returned=returned, signed=None, dispatched=None, on_scene=None, ask_at=None)


def _transferred(escalation: Escalation, event: pt.EscalationTransferred, at: int) -> Escalation:
    """The other bureau begins anew: nobody there has it yet."""
    return replace(
        _sending(escalation, event.attempt, at),
        bureau=event.to,
        transferred=act(event.by, event.to),
        signed=None,
        dispatched=None,
        on_scene=None,
        returned=None,
        phoned=None,
        additions=0,
    )


def _duplicate_named(escalation: Escalation, event: pt.DuplicateNamed, _: int) -> Escalation:
    return replace(escalation, duplicate=act(event.by, event.duplicate_of), ask_at=None)


def _supplemented(escalation: Escalation, event: pt.EscalationSupplemented, at: int) -> Escalation:
    asked = act(event.by) if event.kind == "stand_down_request" else escalation.stand_down
    sending = _sending(escalation, event.attempt, at)
    return replace(sending, additions=escalation.additions + 1, stand_down=asked)


def _sending(escalation: Escalation, attempt: int, at: int) -> Escalation:
    """A further sending, which has to arrive. What is added on a later day is sent once more at least."""
    return replace(escalation, attempt=attempt, need=attempt, begun=at, ask_at=at + ASK_AFTER_US[0])


def _reported_by_phone(escalation: Escalation, event: pt.ReportedByPhone, _: int) -> Escalation:
    return replace(escalation, phoned=act(event.by, event.police_incident_no), ask_at=None)


# A table for the same reason as `state.FOLDS`.
FOLDS: Final[Mapping[type, Callable[..., Escalation]]] = {
    a.EscalationAskedAgain: _asked_again,
    a.EscalationDelivered: _delivered,
    a.EscalationSignedFor: _signed_for,
    a.PoliceDispatched: _dispatched,
    a.PoliceOnScene: _on_scene,
    a.FeedbackGiven: _feedback_given,
    pt.EscalationReturned: _returned,
    pt.EscalationTransferred: _transferred,
    pt.DuplicateNamed: _duplicate_named,
    pt.EscalationSupplemented: _supplemented,
    pt.ReportedByPhone: _reported_by_phone,
}

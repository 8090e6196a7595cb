"""One alarm in the hands of people: claimed, passed on, guarded, verified, escalated (FJ-2015:16(3)), noted on, closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, assert_never

import msgspec
from msgspec.structs import replace

from services.alarm_router.domain import escalation as escalations
from services.alarm_router.domain import guard_response as guards
from services.alarm_router.domain.escalation import Escalation
from services.alarm_router.domain.guard_response import MOST_GUARDS, GuardResponse
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import guard as g
from services.contracts.envelope import Answer
from services.contracts.police_track import TEST_BUREAU
from services.contracts.stored import Actor
from services.eventsourcing.decider import ACCEPTED, ALREADY, refused
from services.law import gates

Command: TypeAlias = c.AlarmCommand | g.GuardCommand
Event: TypeAlias = a.AlarmEvent | g.GuardEvent
Decided: TypeAlias = tuple[Answer, tuple[Event, ...]]

CLAIM_WITHIN_US = 30_000_000  # the default clock of a centre: somebody takes the alarm within 30 s
KEPT_US = 7 * 86_400_000_000  # a closed alarm stays in state so long, then the record alone has it
MAX_NOTES = 200
_MAY_ACT = frozenset({"operator", "shift_supervisor"})


class Verification(msgspec.Struct, frozen=True, gc=False):
    """The newest verification."""

    result: c.VerificationResult
    by: str


class Alarm(msgspec.Struct, frozen=True, gc=False):
    """An alarm. Its tracks move on their own: it may be verified and not yet reported, reported and not signed for.

    `passed_by`: who gave it to its holder, or back to the queue; None where the holder took it.
    """

    id: str
    subject: str
    class_: a.AlarmClass
    provider: str | None
    bureau: str | None
    claim_due: int
    overdue: bool = False
    holder: str | None = None
    passed_by: str | None = None
    notes: int = 0
    verification: Verification | None = None
    guards: tuple[GuardResponse, ...] = ()
    escalation: Escalation | None = None
    closed_at: int | None = None


def decide(alarm: Alarm, command: Command, minted: str, now: int) -> Decided:
    """What follows from `command` at `now`. `minted`: the id that an escalation, or a guard, would get."""
    if (bar := _barred(alarm, command.by)) is not None:
        return bar
    match command:  # the daily ones first: a class pattern that fails costs as much as a small function
        case c.ClaimAlarm():
            return _claim(alarm, command)
        case c.VerifyAlarm():
            return _verify(alarm, command)
        case c.EscalateAlarm():
            return _escalate(alarm, command, minted)
        case c.CloseAlarm():
            return _close(alarm, command)
        case c.NoteAlarm():
            return _note(alarm, command)
        case c.ReleaseAlarm() | c.HandOverAlarm() | c.TakeOverAlarm():
            return _pass_on(alarm, command, now)
        case g.OrderGuard() | g.ReportGuard() | g.ReportGuardResult():
            return _guard(alarm, command, minted)
        case _:
            assert_never(command)


def evolve(alarm: Alarm, event: Event, at: int) -> Alarm:
    """The alarm after `event`, decided at `at`."""
    return FOLDS[type(event)](alarm, event, at)


def raised(event: a.AlarmRaised) -> Alarm:
    """The alarm as it begins."""
    return Alarm(event.alarm, event.subject, event.class_, event.provider, event.bureau, event.claim_due)


def due(alarm: Alarm, now: int) -> tuple[Event, ...]:
    """What time has brought: nobody took it, nobody is known to have its report; a closed one is forgotten."""
    if alarm.closed_at is not None and now >= alarm.closed_at + KEPT_US:
        return (a.AlarmArchived(alarm=alarm.id),)
    events: tuple[Event, ...] = ()
    if _waits_for_a_claim(alarm) and now >= alarm.claim_due:
        events = (a.ClaimFellDue(alarm=alarm.id),)
    if alarm.escalation is not None:
        events += escalations.due(alarm.escalation, now)
    return events


def next_deadline(alarm: Alarm) -> int | None:
    """When `due` will next say something, if nothing else happens."""
    ask_at = None if alarm.escalation is None else alarm.escalation.ask_at
    own = alarm.claim_due if _waits_for_a_claim(alarm) else None
    if alarm.closed_at is not None:
        own = alarm.closed_at + KEPT_US
    if own is None or ask_at is None:
        return ask_at if own is None else own
    return min(own, ask_at)


def asked_at_once(alarm: Alarm, at: int) -> Alarm:
    """The alarm, whose report is sent once more at `at` if nobody is known to have it."""
    if alarm.escalation is None or alarm.escalation.ask_at is None:
        return alarm
    return replace(alarm, escalation=replace(alarm.escalation, ask_at=at))


def _waits_for_a_claim(alarm: Alarm) -> bool:
    return alarm.closed_at is None and alarm.holder is None and not alarm.overdue


def _fell_due(alarm: Alarm, _: a.ClaimFellDue, __: int) -> Alarm:
    return replace(alarm, overdue=True)


def _taken(alarm: Alarm, event: a.AlarmClaimed | a.AlarmTakenOver, _: int) -> Alarm:
    return replace(alarm, holder=event.by.id, passed_by=None)


def _released(alarm: Alarm, event: a.AlarmReleased, _: int) -> Alarm:
    return replace(alarm, holder=None, passed_by=event.by.id, overdue=False, claim_due=event.claim_due)


def _handed_over(alarm: Alarm, event: a.AlarmHandedOver, _: int) -> Alarm:
    return replace(alarm, holder=event.to, passed_by=event.by.id)


def _noted(alarm: Alarm, _: a.AlarmNoted, __: int) -> Alarm:
    return replace(alarm, notes=alarm.notes + 1)


def _verified(alarm: Alarm, event: a.AlarmVerified, _: int) -> Alarm:
    return replace(alarm, verification=Verification(event.result, event.by.id))


def _guard_ordered(alarm: Alarm, event: g.GuardOrdered, _: int) -> Alarm:
    return replace(alarm, guards=(*alarm.guards, guards.begun(event)))


def _guard_heard(alarm: Alarm, event: g.GuardReported | g.GuardFound, _: int) -> Alarm:
    heard = (guards.evolve(one, event) if one.id == event.guard else one for one in alarm.guards)
    return replace(alarm, guards=tuple(heard))


def _escalated(alarm: Alarm, event: a.AlarmEscalated, at: int) -> Alarm:
    return replace(alarm, escalation=escalations.begun(event, at))


def _on_the_police_side(alarm: Alarm, event: escalations.Event, at: int) -> Alarm:
    if alarm.escalation is None:
        return alarm
    return replace(alarm, escalation=escalations.evolve(alarm.escalation, event, at))


def _closed(alarm: Alarm, _: a.AlarmClosed, at: int) -> Alarm:
    return replace(alarm, closed_at=at)


def _adopted(alarm: Alarm, event: a.AlarmAdopted, _: int) -> Alarm:
    return replace(alarm, provider=event.provider, bureau=event.bureau)


def _as_it_was(alarm: Alarm, _: Event, __: int) -> Alarm:
    return alarm


# What changes an alarm that is held; `state` begins and forgets it. Why a table: see `state.FOLDS`.
FOLDS: Final[Mapping[type, Callable[..., Alarm]]] = {
    a.AlarmOccurred: _as_it_was,
    a.AlarmRestored: _as_it_was,
    a.AlarmAdopted: _adopted,
    a.ClaimFellDue: _fell_due,
    a.AlarmClaimed: _taken,
    a.AlarmReleased: _released,
    a.AlarmHandedOver: _handed_over,
    a.AlarmTakenOver: _taken,
    a.AlarmNoted: _noted,
    a.AlarmVerified: _verified,
    g.GuardOrdered: _guard_ordered,
    g.GuardReported: _guard_heard,
    g.GuardFound: _guard_heard,
    a.AlarmEscalated: _escalated,
    **dict.fromkeys(escalations.FOLDS, _on_the_police_side),
    a.AlarmClosed: _closed,
}


def _refused(reason: str, **params: str) -> Decided:
    return refused(reason, **params), ()


def _barred(alarm: Alarm, by: Actor) -> Decided | None:
    """Why this person may not work on the alarm at all, if so. Whoever may not see it is told that it is not there."""
    if not _MAY_ACT & set(by.roles):
        return _refused("role.missing", role="operator")
    if by.provider is not None and by.provider != alarm.provider:
        return _refused("scope.not_visible")
    return None if alarm.closed_at is None else _refused("alarm.not_open")


def _not_mine(alarm: Alarm, by: Actor) -> Decided | None:
    if alarm.holder is None:
        return _refused("alarm.not_claimed")
    if alarm.holder != by.id and "shift_supervisor" not in by.roles:
        return _refused("alarm.not_yours", holder=alarm.holder)
    return None


def _claim(alarm: Alarm, command: c.ClaimAlarm) -> Decided:
    if alarm.holder == command.by.id:
        return ALREADY, ()
    if alarm.holder is not None:
        return _refused("alarm.claimed_by_other", holder=alarm.holder)
    return ACCEPTED, (a.AlarmClaimed(alarm=alarm.id, by=command.by),)


def _pass_on(alarm: Alarm, command: c.ReleaseAlarm | c.HandOverAlarm | c.TakeOverAlarm, now: int) -> Decided:
    match command:
        case c.ReleaseAlarm():
            return _release(alarm, command, now)
        case c.HandOverAlarm():
            return _hand_over(alarm, command)
        case c.TakeOverAlarm():
            return _take_over(alarm, command)


def _release(alarm: Alarm, command: c.ReleaseAlarm, now: int) -> Decided:
    if alarm.holder is None and alarm.passed_by == command.by.id:
        return ALREADY, ()
    if (bar := _not_mine(alarm, command.by)) is not None:
        return bar
    return ACCEPTED, (a.AlarmReleased(alarm=alarm.id, by=command.by, claim_due=now + CLAIM_WITHIN_US),)


def _hand_over(alarm: Alarm, command: c.HandOverAlarm) -> Decided:
    if alarm.holder == command.to and alarm.passed_by == command.by.id != command.to:
        return ALREADY, ()
    if (bar := _not_mine(alarm, command.by)) is not None:
        return bar
    if alarm.holder == command.to:
        return _refused("alarm.holder_same", holder=command.to)
    return ACCEPTED, (a.AlarmHandedOver(alarm=alarm.id, by=command.by, to=command.to),)


def _take_over(alarm: Alarm, command: c.TakeOverAlarm) -> Decided:
    if alarm.holder is None:
        return _refused("alarm.not_claimed")
    if alarm.holder == command.by.id:
        return ALREADY, ()
    if not command.reason.box:
        return _refused("alarm.reason_needed")
    taken = a.AlarmTakenOver(alarm=alarm.id, by=command.by, held_by=alarm.holder, reason=command.reason)
    return ACCEPTED, (taken,)


def _note(alarm: Alarm, command: c.NoteAlarm) -> Decided:
    if alarm.notes >= MAX_NOTES:
        return _refused("alarm.too_many_notes", most=str(MAX_NOTES))
    return ACCEPTED, (a.AlarmNoted(alarm=alarm.id, by=command.by, note=command.note),)


def _verify(alarm: Alarm, command: c.VerifyAlarm) -> Decided:
    if (bar := _not_mine(alarm, command.by)) is not None:
        return bar
    if (reason := gates.why_not_verified(alarm.class_, [one.kind for one in command.evidence])) is not None:
        return _refused(reason, most=str(gates.MAX_EVIDENCE))
    verified = a.AlarmVerified(
        alarm=alarm.id, by=command.by, result=command.result, evidence=command.evidence
    )
    return ACCEPTED, (verified,)


def _escalate(alarm: Alarm, command: c.EscalateAlarm, escalation: str) -> Decided:
    at_once = _at_once(alarm, command.by)
    if not at_once and (bar := _not_mine(alarm, command.by)) is not None:
        return bar
    if (bar := _bars_escalation(alarm, command)) is not None:
        return bar
    result = None if alarm.verification is None else alarm.verification.result
    rule: c.ReportAtOnceRule | None = "duress" if at_once else command.rule
    if (reason := gates.why_not_escalated(alarm.class_, result, rule)) is not None:
        return _refused(reason)
    escalated = a.AlarmEscalated(
        alarm=alarm.id,
        escalation=escalation,
        bureau=TEST_BUREAU if command.to_test else alarm.bureau,
        by=command.by,
        rule=rule,
        mark=command.mark,
    )
    return ACCEPTED, (*at_once, escalated)


def _at_once(alarm: Alarm, by: Actor) -> tuple[Event, ...]:
    """What one key brings with it under duress: the alarm is taken, and the code that was entered is the verification.

    Nothing where somebody verified it otherwise, or a colleague holds it.
    """
    held = alarm.holder is not None and _not_mine(alarm, by) is not None
    if alarm.class_ != "duress" or alarm.verification is not None or held:
        return ()
    taken = () if alarm.holder is not None else (a.AlarmClaimed(alarm=alarm.id, by=by),)
    evidence = (c.Evidence(kind="duress_code"),)
    return *taken, a.AlarmVerified(alarm=alarm.id, by=by, result="undetermined", evidence=evidence)


def _order_guard(alarm: Alarm, command: g.OrderGuard, guard: str) -> Decided:
    """The first guard of an alarm that nobody has taken is ordered by anyone; a further one by who holds it."""
    mine = alarm.guards[-1].ordered_by == command.by.id if alarm.guards else False
    if alarm.holder is None and mine and guards.is_there(alarm.guards[-1]):
        return ALREADY, ()
    if (alarm.holder is not None or alarm.guards) and (bar := _not_mine(alarm, command.by)) is not None:
        return bar
    if len(alarm.guards) >= MOST_GUARDS:
        return _refused("guard.too_many", most=str(MOST_GUARDS))
    ordered = g.GuardOrdered(
        alarm=alarm.id,
        guard=guard,
        by=command.by,
        unit=command.unit,
        stand_off=gates.stands_off(alarm.class_, asked=command.stand_off),
    )
    return ACCEPTED, (ordered,)


def _guard(alarm: Alarm, command: g.GuardCommand, minted: str) -> Decided:
    if isinstance(command, g.OrderGuard):
        return _order_guard(alarm, command, minted)
    guard = next((one for one in alarm.guards if one.id == command.guard), None)
    if guard is None:
        return _refused("guard.unknown")
    if isinstance(command, g.ReportGuard):
        return guards.report(guard, command)
    return guards.report_result(guard, command)


def _bars_escalation(alarm: Alarm, command: c.EscalateAlarm) -> Decided | None:
    """A drill is a shift supervisor's, is never taken for the real thing, and never stands in its way."""
    before = alarm.escalation
    if before is not None and (before.mark == "actual" or command.mark != "actual"):
        return _refused("alarm.already_escalated", escalation=before.id)
    if command.mark != "actual" and "shift_supervisor" not in command.by.roles:
        return _refused("role.missing", role="shift_supervisor")
    return _refused("alarm.mark_needed") if command.to_test and command.mark == "actual" else None


def _close(alarm: Alarm, command: c.CloseAlarm) -> Decided:
    if (bar := _not_mine(alarm, command.by)) is not None:
        return bar
    if not command.reason.box:
        return _refused("alarm.reason_needed")
    return ACCEPTED, (a.AlarmClosed(alarm=alarm.id, by=command.by, reason=command.reason),)

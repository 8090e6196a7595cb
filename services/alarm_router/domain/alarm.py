"""One alarm in the hands of people: claimed, verified, escalated (FJ-2015:16(3)), signed for, closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, assert_never

import msgspec
from msgspec.structs import replace

from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts.envelope import Accepted, Already, Answer, Refused
from services.contracts.stored import Actor

Command: TypeAlias = c.Command
Event: TypeAlias = a.AlarmEvent
Decided: TypeAlias = tuple[Answer, tuple[Event, ...]]

ACCEPTED = Accepted()
ALREADY = Already()
_MAY_ACT = frozenset({"operator", "shift_supervisor"})
_MAY_SIGN = frozenset({"police"})
KEPT_US = 7 * 86_400_000_000  # a closed alarm stays in state so long, then the record alone has it
MAX_EVIDENCE = 20


class Verification(msgspec.Struct, frozen=True, gc=False):
    """The newest verification."""

    result: c.VerificationResult
    by: str


class Escalation(msgspec.Struct, frozen=True, gc=False):
    """A report to the police, and whether they took note."""

    id: str
    signed_by: str | None = None


class Alarm(msgspec.Struct, frozen=True, gc=False):
    """An alarm. Its tracks move on their own: it may be verified and not yet reported, reported and not signed for."""

    id: str
    subject: str
    class_: a.AlarmClass
    provider: str | None
    bureau: str | None
    claim_due: int
    overdue: bool = False
    holder: str | None = None
    verification: Verification | None = None
    escalation: Escalation | None = None
    closed_at: int | None = None


def decide(alarm: Alarm, command: Command, escalation: str) -> Decided:
    """What follows from `command`. `escalation`: the id that an escalation would get."""
    match command:
        case c.ClaimAlarm():
            return _claim(alarm, command)
        case c.VerifyAlarm():
            return _verify(alarm, command)
        case c.EscalateAlarm():
            return _escalate(alarm, command, escalation)
        case c.CloseAlarm():
            return _close(alarm, command)
        case c.SignForEscalation():
            return _sign_for(alarm, command)
        case _:
            assert_never(command)


def evolve(alarm: Alarm, event: Event, at: int) -> Alarm:
    """The alarm after `event`, decided at `at`."""
    return FOLDS[type(event)](alarm, event, at)


def _fell_due(alarm: Alarm, _: a.ClaimFellDue, __: int) -> Alarm:
    return replace(alarm, overdue=True)


def _claimed(alarm: Alarm, event: a.AlarmClaimed, _: int) -> Alarm:
    return replace(alarm, holder=event.by.id)


def _verified(alarm: Alarm, event: a.AlarmVerified, _: int) -> Alarm:
    return replace(alarm, verification=Verification(event.result, event.by.id))


def _escalated(alarm: Alarm, event: a.AlarmEscalated, _: int) -> Alarm:
    return replace(alarm, escalation=Escalation(event.escalation))


def _signed_for(alarm: Alarm, event: a.EscalationSignedFor, _: int) -> Alarm:
    return replace(alarm, escalation=Escalation(event.escalation, event.by.id))


def _closed(alarm: Alarm, _: a.AlarmClosed, at: int) -> Alarm:
    return replace(alarm, closed_at=at)


# What changes an alarm that is held; `state` begins and forgets it. Why a table: see `state.FOLDS`.
FOLDS: Final[Mapping[type, Callable[..., Alarm]]] = {
    a.ClaimFellDue: _fell_due,
    a.AlarmClaimed: _claimed,
    a.AlarmVerified: _verified,
    a.AlarmEscalated: _escalated,
    a.EscalationSignedFor: _signed_for,
    a.AlarmClosed: _closed,
}


def raised(event: a.AlarmRaised) -> Alarm:
    """The alarm as it begins."""
    return Alarm(event.alarm, event.subject, event.class_, event.provider, event.bureau, event.claim_due)


def due(alarm: Alarm, now: int) -> tuple[Event, ...]:
    """What time has brought: nobody took it; a closed one is forgotten."""
    if alarm.closed_at is not None:
        return (a.AlarmArchived(alarm=alarm.id),) if now >= alarm.closed_at + KEPT_US else ()
    if alarm.holder is None and not alarm.overdue and now >= alarm.claim_due:
        return (a.ClaimFellDue(alarm=alarm.id),)
    return ()


def next_deadline(alarm: Alarm) -> int | None:
    """When `due` will next say something, if nothing else happens."""
    if alarm.closed_at is not None:
        return alarm.closed_at + KEPT_US
    return alarm.claim_due if alarm.holder is None and not alarm.overdue else None


def _refused(reason: str, **params: str) -> Decided:
    return Refused(reason=reason, params=params), ()


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
    if (bar := _barred(alarm, command.by)) is not None:
        return bar
    if alarm.holder == command.by.id:
        return ALREADY, ()
    if alarm.holder is not None:
        return _refused("alarm.claimed_by_other", holder=alarm.holder)
    return ACCEPTED, (a.AlarmClaimed(alarm=alarm.id, by=command.by),)


def _verify(alarm: Alarm, command: c.VerifyAlarm) -> Decided:
    bar = _barred(alarm, command.by) or _not_mine(alarm, command.by)
    if bar is not None:
        return bar
    if not 0 < len(command.evidence) <= MAX_EVIDENCE:
        return _refused("alarm.evidence_needed", most=str(MAX_EVIDENCE))
    verified = a.AlarmVerified(
        alarm=alarm.id, by=command.by, result=command.result, evidence=command.evidence
    )
    return ACCEPTED, (verified,)


def _escalate(alarm: Alarm, command: c.EscalateAlarm, escalation: str) -> Decided:
    bar = _barred(alarm, command.by) or _not_mine(alarm, command.by)
    if bar is not None:
        return bar
    if alarm.escalation is not None:
        return _refused("alarm.already_escalated", escalation=alarm.escalation.id)
    if alarm.verification is None:
        return _refused("alarm.not_verified")
    if alarm.verification.result == "false_alarm":
        return _refused("alarm.verified_false")
    if alarm.verification.result == "undetermined" and command.rule is None:
        return _refused("alarm.rule_needed")
    escalated = a.AlarmEscalated(
        alarm=alarm.id, escalation=escalation, bureau=alarm.bureau, by=command.by, rule=command.rule
    )
    return ACCEPTED, (escalated,)


def _close(alarm: Alarm, command: c.CloseAlarm) -> Decided:
    bar = _barred(alarm, command.by) or _not_mine(alarm, command.by)
    if bar is not None:
        return bar
    if not command.reason.box:
        return _refused("alarm.reason_needed")
    return ACCEPTED, (a.AlarmClosed(alarm=alarm.id, by=command.by, reason=command.reason),)


def _sign_for(alarm: Alarm, command: c.SignForEscalation) -> Decided:
    if not _MAY_SIGN & set(command.by.roles):
        return _refused("role.missing", role="police")
    escalation = alarm.escalation
    if escalation is None or escalation.id != command.escalation:
        return _refused("escalation.unknown")
    if command.by.bureau is not None and command.by.bureau != alarm.bureau:
        return _refused("scope.not_visible")
    if escalation.signed_by is not None:
        return (ALREADY, ()) if escalation.signed_by == command.by.id else _signed(escalation.signed_by)
    signed = a.EscalationSignedFor(
        alarm=alarm.id,
        escalation=escalation.id,
        by=command.by,
        police_incident_no=command.police_incident_no,
    )
    return ACCEPTED, (signed,)


def _signed(by: str) -> Decided:
    return _refused("escalation.signed_for", by=by)

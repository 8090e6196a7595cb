"""What people do about a report to the police: its own side's acts, and those of the provider that sent it.

Each stage happens once; who comes second is told who was first, and the same words of the same person say nothing.
"""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

from services.alarm_router.domain.escalation import Act, Decided, Escalation, Event, act
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import police_track as pt
from services.contracts.stored import Actor, Sealed
from services.eventsourcing.decider import ACCEPTED, ALREADY, refused

ProvidersCommand: TypeAlias = pt.SupplementEscalation | pt.RequestStandDown | pt.RecordPhoneReport
PolicesCommand: TypeAlias = (
    c.SignForEscalation
    | c.DispatchPolice
    | c.ReportOnScene
    | c.GiveFeedback
    | pt.ReturnEscalation
    | pt.TransferEscalation
    | pt.NameDuplicate
)
MOST_ADDITIONS: Final = 50
MINUTE_US: Final = 60_000_000
_POLICE = "police"
_CENTRE = frozenset({"operator", "shift_supervisor"})


def decide(escalation: Escalation, command: c.PoliceCommand, provider: str | None, now: int) -> Decided:
    """What follows from an act at `now`. `provider`: whose site it is about."""
    if isinstance(command, ProvidersCommand):
        return _barred_centre(provider, command.by) or _of_the_centre(escalation, command, now)
    return _barred(escalation, command.by) or _of_the_police(escalation, command)


def _of_the_police(escalation: Escalation, command: PolicesCommand) -> Decided:
    match command:
        case c.SignForEscalation():
            return _sign_for(escalation, command)
        case c.DispatchPolice():
            return _dispatch(escalation, command)
        case c.ReportOnScene():
            return _report_on_scene(escalation, command)
        case c.GiveFeedback():
            return _give_feedback(escalation, command)
        case pt.ReturnEscalation():
            return _return(escalation, command)
        case pt.TransferEscalation():
            return _transfer(escalation, command)
        case pt.NameDuplicate():
            return _name_duplicate(escalation, command)
        case _:
            assert_never(command)


def _of_the_centre(escalation: Escalation, command: ProvidersCommand, now: int) -> Decided:
    match command:
        case pt.SupplementEscalation():
            return _supplement(escalation, command)
        case pt.RequestStandDown():
            return _request_stand_down(escalation, command)
        case pt.RecordPhoneReport():
            return _record_phone(escalation, command, now)
        case _:
            assert_never(command)


def _refused(reason: str, **params: str) -> Decided:
    return refused(reason, **params), ()


def _barred(escalation: Escalation, by: Actor) -> Decided | None:
    """Why this person may not act on it at all, if so. One of no known bureau is shown to all, and is all of theirs."""
    if _POLICE not in by.roles:
        return _refused("role.missing", role=_POLICE)
    if by.bureau is not None and escalation.bureau not in {None, by.bureau}:
        return _refused("scope.not_visible")
    return None


def _barred_centre(provider: str | None, by: Actor) -> Decided | None:
    """The same for the provider's own people. A closed alarm is no bar: its report goes on."""
    if not _CENTRE & set(by.roles):
        return _refused("role.missing", role="operator")
    return _refused("scope.not_visible") if by.provider is not None and by.provider != provider else None


def _was_done(done: Act | None, asked: Act, reason: str) -> Decided | None:
    """The answer if somebody did it before: `already` to the same words of the same person, else who was first."""
    if done is None:
        return None
    if done.by == asked.by and asked.words in {"", done.words}:
        return ALREADY, ()
    return _refused(reason, by=done.by)


def _over(escalation: Escalation) -> Decided | None:
    if escalation.duplicate is not None:
        return _refused(
            "escalation.duplicate_of", by=escalation.duplicate.by, number=escalation.duplicate.words
        )
    return None if escalation.final is None else _refused("escalation.final", by=escalation.final.by)


def _once(escalation: Escalation, done: Act | None, asked: Act, reason: str, event: Event) -> Decided:
    """What happens once and while the report is open; `done`: who did it before, `reason`: how the others are told."""
    return _was_done(done, asked, reason) or _over(escalation) or (ACCEPTED, (event,))


def _sign_for(escalation: Escalation, command: c.SignForEscalation) -> Decided:
    asked = act(command.by, command.police_incident_no)
    signed = a.EscalationSignedFor(
        alarm=escalation.alarm,
        escalation=escalation.id,
        by=command.by,
        police_incident_no=command.police_incident_no,
    )
    return _once(escalation, escalation.signed, asked, "escalation.signed_for", signed)


def _dispatch(escalation: Escalation, command: c.DispatchPolice) -> Decided:
    asked = act(command.by, command.unit)
    dispatched = a.PoliceDispatched(
        alarm=escalation.alarm, escalation=escalation.id, by=command.by, unit=command.unit
    )
    return _once(escalation, escalation.dispatched, asked, "escalation.dispatched", dispatched)


def _report_on_scene(escalation: Escalation, command: c.ReportOnScene) -> Decided:
    there = a.PoliceOnScene(alarm=escalation.alarm, escalation=escalation.id, by=command.by)
    return _once(escalation, escalation.on_scene, act(command.by), "escalation.on_scene", there)


def _give_feedback(escalation: Escalation, command: c.GiveFeedback) -> Decided:
    """Somebody must have taken note in any way before there is something to tell."""
    if command.final and command.disposition is None:
        return _refused("escalation.disposition_needed")
    if command.final and escalation.final == act(command.by, command.disposition):
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


def _return(escalation: Escalation, command: pt.ReturnEscalation) -> Decided:
    asked = act(command.by, command.reason)
    returned = pt.EscalationReturned(
        alarm=escalation.alarm,
        escalation=escalation.id,
        by=command.by,
        reason=command.reason,
        text=command.text,
    )
    return _once(escalation, escalation.returned, asked, "escalation.returned", returned)


def _transfer(escalation: Escalation, command: pt.TransferEscalation) -> Decided:
    if escalation.bureau == command.to:
        done = escalation.transferred == act(command.by, command.to)
        return (ALREADY, ()) if done else _refused("escalation.same_bureau")
    if (over := _over(escalation)) is not None:
        return over
    if escalation.mark != "actual":
        return _refused("escalation.drill_stays")
    transferred = pt.EscalationTransferred(
        alarm=escalation.alarm,
        escalation=escalation.id,
        by=command.by,
        bureau=escalation.bureau,
        to=command.to,
        attempt=escalation.attempt + 1,
    )
    return ACCEPTED, (transferred,)


def _name_duplicate(escalation: Escalation, command: pt.NameDuplicate) -> Decided:
    asked = act(command.by, command.duplicate_of)
    named = pt.DuplicateNamed(
        alarm=escalation.alarm,
        escalation=escalation.id,
        by=command.by,
        duplicate_of=command.duplicate_of,
    )
    return _once(escalation, escalation.duplicate, asked, "escalation.duplicate_of", named)


def _supplement(escalation: Escalation, command: pt.SupplementEscalation) -> Decided:
    return _over(escalation) or _add(escalation, command, command.text)


def _request_stand_down(escalation: Escalation, command: pt.RequestStandDown) -> Decided:
    if escalation.stand_down is not None:
        return _refused("escalation.stand_down_requested", by=escalation.stand_down.by)
    return _over(escalation) or _add(escalation, command, command.reason)


def _add(
    escalation: Escalation, command: pt.SupplementEscalation | pt.RequestStandDown, text: Sealed
) -> Decided:
    """The command's id is the addition's: entered once, it goes out under one id however often it is sent."""
    if escalation.additions >= MOST_ADDITIONS:
        return _refused("escalation.too_many_additions", most=str(MOST_ADDITIONS))
    added = pt.EscalationSupplemented(
        alarm=escalation.alarm,
        escalation=escalation.id,
        bureau=escalation.bureau,
        by=command.by,
        addition=command.id,
        kind="stand_down_request" if isinstance(command, pt.RequestStandDown) else "supplement",
        text=text,
        attempt=escalation.attempt + 1,
        mark=escalation.mark,
    )
    return ACCEPTED, (added,)


def _record_phone(escalation: Escalation, command: pt.RecordPhoneReport, now: int) -> Decided:
    asked = act(command.by, command.police_incident_no)
    answer = _was_done(escalation.phoned, asked, "escalation.reported_by_phone") or _over(escalation)
    if answer is not None:
        return answer
    if command.spoken_at > now + MINUTE_US:
        return _refused("escalation.call_ahead")
    phoned = pt.ReportedByPhone(
        alarm=escalation.alarm,
        escalation=escalation.id,
        by=command.by,
        told=command.told,
        spoken_at=command.spoken_at,
        police_incident_no=command.police_incident_no,
    )
    return ACCEPTED, (phoned,)

"""The words of the tests of a report to the police: who does what with it, and what is heard of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import police_track as pt
from services.contracts.envelope import Decision, Event
from services.contracts.stored import Actor
from tests.unit.alarm_router.saying import BUREAU, QIAN, REASON, SECOND, WANG, ZHAO, Desk

OTHER = "350102000000"  # another bureau
ZHOU = Actor(id="zhou", roles=("police",), bureau=BUREAU)  # a colleague of Qian


def reported(desk: Desk, code: str = "130") -> str:
    """A signal that Wang took, verified and reported; the report."""
    alarm = desk.alarm(code=code).alarm
    desk.claim(alarm)
    desk.verify(alarm)
    event = desk.escalate(alarm).events[0]
    assert isinstance(event, a.AlarmEscalated)
    return event.escalation


def alarm_of(desk: Desk, escalation: str) -> str:
    """What the report is about."""
    return desk.state.escalations[escalation]


def asked_again(events: Sequence[Event]) -> list[int]:
    """The numbers of the sendings that are asked for."""
    return [event.attempt for event in events if isinstance(event, a.EscalationAskedAgain)]


def told_to_telephone(events: Sequence[Event]) -> list[str]:
    """Why a supervisor is called."""
    return [event.code for event in events if isinstance(event, a.AlarmRaised | a.AlarmOccurred)]


def ticks(desk: Desk, until: int) -> list[tuple[int, Decision]]:
    """A tick each second; those that said something, with the seconds since the start."""
    start, found = desk.now, []
    while desk.now < start + until:
        desk.now += SECOND
        decision = desk.tick()
        if decision is not None:
            found.append(((desk.now - start) // SECOND, decision))
    return found


def asks(desk: Desk, kind: type[Any], escalation: str, by: Actor, **what: Any) -> Decision:
    """Somebody asks for an act about a report."""
    return desk.told(kind(**desk.head(by), escalation=escalation, **what))


def returns(desk: Desk, escalation: str, by: Actor = QIAN, reason: str = "unclear") -> Decision:
    """The police give it back."""
    return asks(desk, pt.ReturnEscalation, escalation, by, reason=reason)


def supplements(desk: Desk, escalation: str, by: Actor = WANG) -> Decision:
    """Somebody adds to it."""
    return asks(desk, pt.SupplementEscalation, escalation, by, text=REASON)


def phones(desk: Desk, escalation: str, by: Actor = WANG, **what: Any) -> Decision:
    """Somebody has told the police by telephone."""
    return asks(desk, pt.RecordPhoneReport, escalation, by, **{"told": REASON, "spoken_at": desk.now, **what})


def drilled(desk: Desk, by: Actor = ZHAO, mark: pt.Mark = "exercise", *, to_test: bool = True) -> Decision:
    """Somebody reports a burglary for practice."""
    alarm = desk.alarm().alarm
    desk.claim(alarm, by=by)
    desk.verify(alarm, by=by)
    return desk.told(c.EscalateAlarm(**desk.head(by), alarm=alarm, mark=mark, to_test=to_test))


def escalated(decision: Decision) -> a.AlarmEscalated:
    """The report, and nothing else, that was decided."""
    [event] = decision.events
    assert isinstance(event, a.AlarmEscalated)
    return event


def transfers(desk: Desk, escalation: str, by: Actor = QIAN, to: str = OTHER) -> Decision:
    """The police pass it on to another bureau."""
    return asks(desk, pt.TransferEscalation, escalation, by, to=to)


def stands_down(desk: Desk, escalation: str, by: Actor = WANG) -> Decision:
    """Somebody asks the police to come no more."""
    return asks(desk, pt.RequestStandDown, escalation, by, reason=REASON)


def names_duplicate(desk: Desk, escalation: str, by: Actor = QIAN, number: str = "JQ-17") -> Decision:
    """The police know of it already."""
    return asks(desk, pt.NameDuplicate, escalation, by, duplicate_of=number)

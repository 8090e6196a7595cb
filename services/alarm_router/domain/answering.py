"""What is answered to a command about an alarm or its report to the police, by their own rules.

The router answers by this, and whoever explains a refusal asks it once more with what the record says.
"""

from __future__ import annotations

from typing import TypeAlias

from services.alarm_router.domain import acting as police_acts
from services.alarm_router.domain import alarm as alarms
from services.alarm_router.domain import escalation as escalations
from services.alarm_router.domain.alarm import Alarm
from services.alarm_router.domain.state import State
from services.contracts.envelope import Answer, Refused
from services.contracts.refusal import AlarmAct, CommandRefused, is_of_the_police

Decided: TypeAlias = tuple[Answer, tuple[alarms.Event | escalations.Event, ...]]


def alarm_of(state: State, command: AlarmAct) -> Alarm | None:
    """The alarm that the command is about, if it is held and of the command's subject."""
    name = state.escalations.get(command.escalation) if is_of_the_police(command) else command.alarm
    alarm = None if name is None else state.alarms.get(name)
    return None if alarm is None or alarm.subject != command.subject else alarm


def answer(alarm: Alarm, command: AlarmAct, minted: str, now: int) -> Decided:
    """What follows. `minted`: the id of what the command would begin."""
    if not is_of_the_police(command):
        return alarms.decide(alarm, command, minted, now)
    if alarm.escalation is None:
        return Refused(reason="escalation.unknown"), ()
    return police_acts.decide(alarm.escalation, command, alarm.provider, now)


def kept(alarm: Alarm, command: AlarmAct, refused: Refused) -> CommandRefused:
    """The refusal as the alarm's record keeps it. Not for what came out of time: that may come again without end."""
    return CommandRefused(alarm=alarm.id, by=command.by, reason=refused.reason, command=command)

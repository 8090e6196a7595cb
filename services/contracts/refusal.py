"""What somebody was not let do about an alarm: kept in its record, so that the rule behind it can be asked again."""

from __future__ import annotations

from typing import TypeAlias, get_args

from typing_extensions import TypeIs

from services.contracts.commands import AlarmCommand, PoliceCommand
from services.contracts.guard import GuardCommand
from services.contracts.stored import Actor, Stored

AlarmAct: TypeAlias = AlarmCommand | GuardCommand | PoliceCommand
_OF_THE_POLICE = frozenset(get_args(PoliceCommand))


def is_of_the_police(command: AlarmAct) -> TypeIs[PoliceCommand]:
    """As `isinstance`, which asks the members of a union one after the other: 3 us for a command that is none of them."""
    return type(command) in _OF_THE_POLICE


class CommandRefused(Stored, frozen=True, kw_only=True, tag="command.refused.v1"):
    """A command about an alarm that is held, or about its report, and why it was refused. Nothing follows from it.

    `command`: as it was asked; its texts stay sealed.
    """

    alarm: str
    by: Actor
    reason: str
    command: AlarmAct

"""What sites owe the shells that were merged into them: restores of what still goes on there (`passing_back`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from services.alarm_router.domain.codes import ended_by
from services.alarm_router.domain.happening import zone_of
from services.contracts.restores import GoesOn, RestorePassedBack, RestoresOwed

MOST_OWED = 256  # to one shell; the newest

Owed: TypeAlias = dict[str, dict[str, tuple[GoesOn, ...]]]  # by site and shell


def owe(owed: Owed, event: RestoresOwed) -> None:
    """The fold of what is owed."""
    shells = owed.setdefault(event.site, {})
    shells[event.shell] = tuple(dict.fromkeys((*shells.get(event.shell, ()), *event.of)))[-MOST_OWED:]


def pay(owed: Owed, event: RestorePassedBack) -> None:
    """The fold of what was passed back."""
    shells = owed.get(event.site, {})
    if left := left_over(shells.pop(event.shell, ()), event):
        shells[event.shell] = left
    elif not shells:
        owed.pop(event.site, None)


def left_over(owed: Sequence[GoesOn], back: RestorePassedBack) -> tuple[GoesOn, ...]:
    """What a restore does not end."""
    ends, here = ended_by(back.code), zone_of(back.zone)
    return tuple(one for one in owed if one.code not in ends or one.zone != here)

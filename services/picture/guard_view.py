"""What the screens show of guards sent to a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from msgspec.structs import replace

from services.contracts import guard as g
from services.contracts.views import GuardView
from services.picture.notes import sealed_text

if TYPE_CHECKING:
    from collections.abc import Mapping

Guarded: TypeAlias = g.GuardOrdered | g.GuardReported | g.GuardFound
_TIME_OF: Final[Mapping[g.GuardStep, str]] = {
    "accepted": "accepted_at",
    "en_route": "en_route_at",
    "arrived": "arrived_at",
    "searched": "searched_at",
    "left": "left_at",
}


def guarded(guards: tuple[GuardView, ...], event: Guarded, time: int) -> tuple[GuardView, ...]:
    """The guards after `event`, decided at `time`; the newest is the last."""
    match event:
        case g.GuardOrdered():
            return (*guards, _ordered(event, time))
        case g.GuardReported():
            step = {"stage": event.step, _TIME_OF[event.step]: time}
            return tuple(replace(one, **step) if one.id == event.guard else one for one in guards)
        case g.GuardFound():
            return tuple(_found(one, event, time) if one.id == event.guard else one for one in guards)
        case _:
            assert_never(event)


def _ordered(event: g.GuardOrdered, time: int) -> GuardView:
    return GuardView(
        id=event.guard,
        unit=sealed_text(event.unit),
        stand_off=event.stand_off,
        by=event.by.id,
        ordered_at=time,
    )


def _found(guard: GuardView, event: g.GuardFound, time: int) -> GuardView:
    return replace(guard, stage="result", finding=event.finding, note=sealed_text(event.note), found_at=time)

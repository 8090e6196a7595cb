"""One guard sent to the site of an alarm (保安处警): ordered, accepted, en route, arrived, searched, result, left.

A track of its own beside the verification: neither waits for the other. What is radioed in comes late or not at all, so
any step may be skipped, none happens twice, and none that was passed is gone back to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from services.contracts import guard as g
from services.contracts.envelope import Answer
from services.eventsourcing.decider import ACCEPTED, ALREADY, refused

Decided: TypeAlias = tuple[Answer, tuple[g.GuardEvent, ...]]

MOST_GUARDS = 8  # of one alarm
MOST_RESULTS = 20  # of one guard
_ORDER: Final[tuple[g.GuardStage, ...]] = (
    "ordered", "accepted", "en_route", "arrived", "searched", "result", "left"
)  # fmt: skip


class GuardResponse(msgspec.Struct, frozen=True, gc=False):
    """A guard under way. `results`: how many were given."""

    id: str
    ordered_by: str
    stage: g.GuardStage = "ordered"
    results: int = 0


def report(guard: GuardResponse, command: g.ReportGuard) -> Decided:
    """What follows from a step that was radioed in."""
    if guard.stage == command.step:
        return ALREADY, ()
    if _ORDER.index(command.step) < _ORDER.index(guard.stage):
        return refused("guard.step_passed", step=guard.stage), ()
    reported = g.GuardReported(alarm=command.alarm, guard=guard.id, by=command.by, step=command.step)
    return ACCEPTED, (reported,)


def report_result(guard: GuardResponse, command: g.ReportGuardResult) -> Decided:
    """What follows from a result."""
    if guard.stage == "left":
        return refused("guard.step_passed", step=guard.stage), ()
    if guard.results >= MOST_RESULTS:
        return refused("guard.too_many_results", most=str(MOST_RESULTS)), ()
    found = g.GuardFound(
        alarm=command.alarm, guard=guard.id, by=command.by, finding=command.finding, note=command.note
    )
    return ACCEPTED, (found,)


def begun(event: g.GuardOrdered) -> GuardResponse:
    """The guard as ordered."""
    return GuardResponse(event.guard, event.by.id)


def evolve(guard: GuardResponse, event: g.GuardReported | g.GuardFound) -> GuardResponse:
    """The guard after `event`."""
    return FOLDS[type(event)](guard, event)


def is_there(guard: GuardResponse) -> bool:
    """Whether the guard has not left."""
    return guard.stage != "left"


def _reported(guard: GuardResponse, event: g.GuardReported) -> GuardResponse:
    return replace(guard, stage=event.step)


def _found(guard: GuardResponse, _: g.GuardFound) -> GuardResponse:
    return replace(guard, stage="result", results=guard.results + 1)


# A table for the same reason as `state.FOLDS`.
FOLDS: Final[Mapping[type, Callable[..., GuardResponse]]] = {
    g.GuardReported: _reported,
    g.GuardFound: _found,
}

"""Guard response (保安处警): ordered beside the verification, and what comes back from the site.

Under duress the guard stands off: near, out of sight, until the police are there. What a unit is called and what it
says are the centre's own words and may name people, so they are sealed.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from services.contracts.commands import CommandHead
from services.contracts.stored import Actor, Sealed, Stored

GuardStep: TypeAlias = Literal["accepted", "en_route", "arrived", "searched", "left"]
GuardStage: TypeAlias = Literal["ordered", "accepted", "en_route", "arrived", "searched", "result", "left"]
GuardFinding: TypeAlias = Literal["nothing", "signs_of_entry", "person_present", "no_access", "other"]


class OrderGuard(CommandHead, frozen=True, kw_only=True, tag="command.order_guard.v1"):
    """Send a guard. An alarm that nobody has taken may be given its first guard by anyone at the desk."""

    alarm: str
    unit: Sealed | None = None
    stand_off: bool = False


class ReportGuard(CommandHead, frozen=True, kw_only=True, tag="command.report_guard.v1"):
    """How far a guard is. Anyone who may work on the alarm writes down what is radioed in; steps may be skipped."""

    alarm: str
    guard: str
    step: GuardStep


class ReportGuardResult(CommandHead, frozen=True, kw_only=True, tag="command.report_guard_result.v1"):
    """What a guard found; may come again while the guard is there."""

    alarm: str
    guard: str
    finding: GuardFinding
    note: Sealed | None = None


class GuardOrdered(Stored, frozen=True, kw_only=True, tag="guard.ordered.v1"):
    """A guard was sent. `guard` is minted here; `stand_off`: to wait near the site and out of sight."""

    alarm: str
    guard: str
    by: Actor
    unit: Sealed | None = None
    stand_off: bool = False


class GuardReported(Stored, frozen=True, kw_only=True, tag="guard.reported.v1"):
    """A guard came so far."""

    alarm: str
    guard: str
    by: Actor
    step: GuardStep


class GuardFound(Stored, frozen=True, kw_only=True, tag="guard.found.v1"):
    """What a guard found on the site."""

    alarm: str
    guard: str
    by: Actor
    finding: GuardFinding
    note: Sealed | None = None


GuardCommand: TypeAlias = OrderGuard | ReportGuard | ReportGuardResult
GuardEvent: TypeAlias = GuardOrdered | GuardReported | GuardFound

"""A person sends a guard and writes down what the guard radios in; sealed under the key of the alarm's subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contracts import guard as g
from services.desk.handlers.acting import sealed
from services.desk.handlers.submitting import Acted, on_alarm, submit

if TYPE_CHECKING:
    from services.contracts.stored import Actor
    from services.desk.bodies import GuardResultBody, GuardStepBody, OrderGuardBody
    from services.desk.handlers.looking import Desk


async def order(desk: Desk, person: Actor, alarm: str, key: str | None, asked: OrderGuardBody) -> Acted:
    """Send a guard."""
    fields = await on_alarm(desk, person, alarm, key)
    unit = await sealed(desk, fields["subject"], asked.unit)
    return await submit(desk, g.OrderGuard(**fields, unit=unit, stand_off=asked.stand_off), key)


async def step(  # noqa: PLR0913  whose alarm, which guard, what of it
    desk: Desk, person: Actor, alarm: str, guard: str, key: str | None, told: GuardStepBody
) -> Acted:
    """How far a guard is."""
    fields = await on_alarm(desk, person, alarm, key)
    return await submit(desk, g.ReportGuard(**fields, guard=guard, step=told.step), key)


async def result(  # noqa: PLR0913  whose alarm, which guard, what of it
    desk: Desk, person: Actor, alarm: str, guard: str, key: str | None, told: GuardResultBody
) -> Acted:
    """What a guard found."""
    fields = await on_alarm(desk, person, alarm, key)
    note = await sealed(desk, fields["subject"], told.note)
    return await submit(
        desk, g.ReportGuardResult(**fields, guard=guard, finding=told.finding, note=note), key
    )

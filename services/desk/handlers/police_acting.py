"""The police act on a report: they take note, send somebody, are on scene, tell what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.contracts import commands as c
from services.desk.handlers.submitting import Acted, on_escalation, submit

if TYPE_CHECKING:
    from services.contracts.stored import Actor
    from services.desk.handlers.looking import Desk


class Feedback(NamedTuple):
    """What they found; a final one carries a disposition."""

    text: str
    disposition: c.Disposition | None
    final: bool


async def sign_for(
    desk: Desk, person: Actor, escalation: str, key: str | None, police_incident_no: str | None
) -> Acted:
    """The police take note."""
    fields = await on_escalation(desk, person, escalation, key)
    return await submit(desk, c.SignForEscalation(**fields, police_incident_no=police_incident_no), key)


async def dispatch(desk: Desk, person: Actor, escalation: str, key: str | None, unit: str) -> Acted:
    """The police send somebody."""
    fields = await on_escalation(desk, person, escalation, key)
    return await submit(desk, c.DispatchPolice(**fields, unit=unit), key)


async def on_scene(desk: Desk, person: Actor, escalation: str, key: str | None) -> Acted:
    """The police are there."""
    fields = await on_escalation(desk, person, escalation, key)
    return await submit(desk, c.ReportOnScene(**fields), key)


async def feedback(desk: Desk, person: Actor, escalation: str, key: str | None, said: Feedback) -> Acted:
    """The police tell what they found; sealed under the key of the alarm's subject."""
    fields = await on_escalation(desk, person, escalation, key)
    text = await desk.vault.seal(fields["subject"], said.text)
    command = c.GiveFeedback(**fields, text=text, disposition=said.disposition, final=said.final)
    return await submit(desk, command, key)

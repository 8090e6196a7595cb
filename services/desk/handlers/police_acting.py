"""What the police do with a report (note, dispatch, on scene, feedback, return …), and what its sender adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.contracts import commands as c
from services.contracts import police_track as pt
from services.desk.handlers.submitting import Acted, on_escalation, submit
from services.runtime.clock import now_us

if TYPE_CHECKING:
    from services.contracts.stored import Actor
    from services.desk.handlers.looking import Desk


class Feedback(NamedTuple):
    """What they found; a final one carries a disposition."""

    text: str
    disposition: c.Disposition | None
    final: bool


class Call(NamedTuple):
    """A call to the police: who answered, when (UTC microseconds; None: now), and the number that they gave."""

    told: str
    spoken_at: int | None
    police_incident_no: str | None


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


async def give_back(  # noqa: PLR0913  the parts of one command
    desk: Desk, person: Actor, escalation: str, key: str | None, reason: pt.ReturnReason, text: str
) -> Acted:
    """The police return it, with a coded reason."""
    fields = await on_escalation(desk, person, escalation, key)
    sealed = await desk.vault.seal(fields["subject"], text) if text else None
    return await submit(desk, pt.ReturnEscalation(**fields, reason=reason, text=sealed), key)


async def transfer(desk: Desk, person: Actor, escalation: str, key: str | None, to: str) -> Acted:
    """The police pass it on to another bureau."""
    fields = await on_escalation(desk, person, escalation, key)
    return await submit(desk, pt.TransferEscalation(**fields, to=to), key)


async def duplicate(desk: Desk, person: Actor, escalation: str, key: str | None, number: str) -> Acted:
    """The police know of it already, under this number."""
    fields = await on_escalation(desk, person, escalation, key)
    return await submit(desk, pt.NameDuplicate(**fields, duplicate_of=number), key)


async def supplement(desk: Desk, person: Actor, escalation: str, key: str | None, text: str) -> Acted:
    """The provider adds what it has learnt; sealed under the key of the alarm's subject."""
    fields = await on_escalation(desk, person, escalation, key)
    sealed = await desk.vault.seal(fields["subject"], text)
    return await submit(desk, pt.SupplementEscalation(**fields, text=sealed), key)


async def request_stand_down(desk: Desk, person: Actor, escalation: str, key: str | None, why: str) -> Acted:
    """The provider asks the police not to go on; they decide."""
    fields = await on_escalation(desk, person, escalation, key)
    sealed = await desk.vault.seal(fields["subject"], why)
    return await submit(desk, pt.RequestStandDown(**fields, reason=sealed), key)


async def record_phone(desk: Desk, person: Actor, escalation: str, key: str | None, call: Call) -> Acted:
    """Somebody has reported it by telephone."""
    fields = await on_escalation(desk, person, escalation, key)
    told = await desk.vault.seal(fields["subject"], call.told)
    spoken_at = now_us() if call.spoken_at is None else call.spoken_at
    command = pt.RecordPhoneReport(
        **fields, told=told, spoken_at=spoken_at, police_incident_no=call.police_incident_no
    )
    return await submit(desk, command, key)

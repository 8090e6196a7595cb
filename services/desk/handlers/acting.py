"""A person works on an alarm: the wish becomes a command with the person's roles, and its answer is the decision.

Shape and scope are checked here; rules are judged by the core, which sees the roles in the command. Free text is
sealed under the key of the alarm's subject.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.contracts import commands as c
from services.desk.handlers.looking import visible_alarm
from services.desk.handlers.submitting import Acted, on_alarm, submit
from services.picture.visibility import visible
from services.runtime.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contracts.police_track import Mark
    from services.contracts.stored import Actor, Sealed
    from services.contracts.views import AlarmView
    from services.desk.handlers.looking import Desk

WORKERS = frozenset({"operator", "shift_supervisor"})


class Written(msgspec.Struct, frozen=True):
    """Evidence as a person wrote it down."""

    kind: c.EvidenceKind
    note: str = ""
    found: c.EvidenceFinding | None = None


async def claim(desk: Desk, person: Actor, alarm: str, key: str | None) -> Acted:
    """Take an alarm."""
    return await submit(desk, c.ClaimAlarm(**await on_alarm(desk, person, alarm, key)), key)


async def release(desk: Desk, person: Actor, alarm: str, key: str | None) -> Acted:
    """Give it back to the queue."""
    return await submit(desk, c.ReleaseAlarm(**await on_alarm(desk, person, alarm, key)), key)


async def hand_over(desk: Desk, person: Actor, alarm: str, key: str | None, to: str) -> Acted:
    """Give it to a colleague who can work on it. Raises `Problem` 422 if `to` is none."""
    fields = await on_alarm(desk, person, alarm, key)
    await _check_colleague(desk, to, await visible_alarm(desk, person, alarm))
    return await submit(desk, c.HandOverAlarm(**fields, to=to), key)


async def take_over(desk: Desk, person: Actor, alarm: str, key: str | None, reason: str) -> Acted:
    """Take it from the colleague who holds it."""
    fields = await on_alarm(desk, person, alarm, key)
    why = await desk.vault.seal(fields["subject"], reason)
    return await submit(desk, c.TakeOverAlarm(**fields, reason=why), key)


async def note(desk: Desk, person: Actor, alarm: str, key: str | None, text: str) -> Acted:
    """Write something down."""
    fields = await on_alarm(desk, person, alarm, key)
    written = await desk.vault.seal(fields["subject"], text)
    return await submit(desk, c.NoteAlarm(**fields, note=written), key)


async def verify(  # noqa: PLR0913  the parts of one command
    desk: Desk,
    person: Actor,
    alarm: str,
    key: str | None,
    result: c.VerificationResult,
    evidence: Sequence[Written],
) -> Acted:
    """Record what a verification found."""
    fields = await on_alarm(desk, person, alarm, key)
    subject = fields["subject"]
    stated = [
        c.Evidence(kind=one.kind, note=await sealed(desk, subject, one.note), found=one.found)
        for one in evidence
    ]
    return await submit(desk, c.VerifyAlarm(**fields, result=result, evidence=tuple(stated)), key)


async def escalate(  # noqa: PLR0913  the parts of one command
    desk: Desk, person: Actor, alarm: str, key: str | None, rule: c.ReportAtOnceRule | None, mark: Mark
) -> Acted:
    """Report to the police, or drill it. Raises `Problem` 409 for a drill that may go nowhere."""
    fields = await on_alarm(desk, person, alarm, key)
    to = None
    if mark != "actual":
        bureau = (await visible_alarm(desk, person, alarm)).bureau
        to = desk.drill_to(bureau, fields["sent_at"])
        if to is None:
            raise Problem("drill.nowhere", 409, bureau=bureau or "-")
    command = c.EscalateAlarm(**fields, rule=rule, mark=mark, to_test=to == "test_endpoint")
    return await submit(desk, command, key)


async def close(desk: Desk, person: Actor, alarm: str, key: str | None, reason: str) -> Acted:
    """Close with a reason."""
    fields = await on_alarm(desk, person, alarm, key)
    why = await desk.vault.seal(fields["subject"], reason)
    return await submit(desk, c.CloseAlarm(**fields, reason=why), key)


async def sealed(desk: Desk, subject: str, text: str) -> Sealed | None:
    """The text under the subject's key; nothing where nobody wrote."""
    return await desk.vault.seal(subject, text) if text else None


async def _check_colleague(desk: Desk, to: str, alarm: AlarmView) -> None:
    found = (await desk.views.people([to])).get(to)
    suits = (
        found is not None
        and found.active
        and not WORKERS.isdisjoint(found.person.roles)
        and visible(found.person, alarm)
    )
    if not suits:
        raise Problem("colleague.unsuitable", 422)

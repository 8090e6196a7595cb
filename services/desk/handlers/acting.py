"""A person acts: the wish becomes a command with the person's roles, and its answer is the decision.

Shape and scope are checked here; rules are judged by the core, which sees the roles in the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from services.contracts import commands as c
from services.contracts.commands import instant_of
from services.contracts.topics import partition_of
from services.desk.handlers.looking import settle, ticket_document, visible_alarm, visible_escalation
from services.desk.ports import Away
from services.desk.problems import Problem
from services.runtime.clock import now_us
from services.runtime.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contracts.stored import Actor
    from services.desk.handlers.looking import Desk
    from services.desk.ports import Ticket

SENDER = "web"
AHEAD_US = 10_000_000


class Acted(msgspec.Struct, frozen=True):
    """`document` None: not known yet, ask at `url`."""

    url: str
    document: dict[str, object] | None


async def claim(desk: Desk, person: Actor, alarm: str, key: str | None) -> Acted:
    """Take an alarm."""
    site, name = await _alarm(desk, person, alarm, key)
    command = c.ClaimAlarm(id=name, sender=SENDER, sent_at=now_us(), subject=site, by=person, alarm=alarm)
    return await _submit(desk, command, key)


async def verify(  # noqa: PLR0913  the parts of one command
    desk: Desk,
    person: Actor,
    alarm: str,
    key: str | None,
    result: c.VerificationResult,
    evidence: Sequence[tuple[c.EvidenceKind, str]],
) -> Acted:
    """Record what a verification found; notes are sealed under the site's key."""
    site, name = await _alarm(desk, person, alarm, key)
    sealed = tuple(
        [
            c.Evidence(kind=kind, note=await desk.vault.seal(site, note) if note else None)
            for kind, note in evidence
        ]
    )
    command = c.VerifyAlarm(
        id=name,
        sender=SENDER,
        sent_at=now_us(),
        subject=site,
        by=person,
        alarm=alarm,
        result=result,
        evidence=sealed,
    )
    return await _submit(desk, command, key)


async def escalate(
    desk: Desk, person: Actor, alarm: str, key: str | None, rule: c.ReportAtOnceRule | None
) -> Acted:
    """Report to the police."""
    site, name = await _alarm(desk, person, alarm, key)
    command = c.EscalateAlarm(
        id=name, sender=SENDER, sent_at=now_us(), subject=site, by=person, alarm=alarm, rule=rule
    )
    return await _submit(desk, command, key)


async def close(desk: Desk, person: Actor, alarm: str, key: str | None, reason: str) -> Acted:
    """Close with a reason, which is sealed under the site's key."""
    site, name = await _alarm(desk, person, alarm, key)
    sealed = await desk.vault.seal(site, reason)
    command = c.CloseAlarm(
        id=name, sender=SENDER, sent_at=now_us(), subject=site, by=person, alarm=alarm, reason=sealed
    )
    return await _submit(desk, command, key)


async def sign_for(
    desk: Desk, person: Actor, escalation: str, key: str | None, police_incident_no: str | None
) -> Acted:
    """The police take note."""
    name = command_id(desk, key)
    report = await visible_escalation(desk, person, escalation)
    command = c.SignForEscalation(
        id=name,
        sender=SENDER,
        sent_at=now_us(),
        subject=report.view.site,
        by=person,
        escalation=escalation,
        police_incident_no=police_incident_no,
    )
    return await _submit(desk, command, key)


def command_id(desk: Desk, key: str | None) -> str:
    """The caller's uuid7, or one of the larger of our clock and the newest decision's time."""
    latest = max(now_us(), desk.gateway.newest_decision)
    if key is None:
        return uuid7(latest)
    try:
        ahead = instant_of(key) - latest
    except ValueError as error:
        raise Problem(422, "key.invalid") from error
    if ahead > AHEAD_US:
        raise Problem(422, "key.invalid")
    return str(UUID(key))


async def _alarm(desk: Desk, person: Actor, alarm: str, key: str | None) -> tuple[str, str]:
    """The subject and the command's id."""
    name = command_id(desk, key)
    return (await visible_alarm(desk, person, alarm)).site, name


async def _submit(desk: Desk, command: c.Command, key: str | None) -> Acted:
    partition = partition_of(command.subject)
    url = f"/api/tickets/{partition}/{command.id}"
    try:
        found = await _known(desk, partition, key) or await desk.gateway.submit(command)
    except Away as error:
        raise Problem(503, "inbox.away") from error
    if found is None:
        return Acted(url, None)
    desk.answered[partition] = max(found.offset, desk.answered.get(partition, -1))
    return Acted(url, ticket_document(found))


async def _known(desk: Desk, partition: int, key: str | None) -> Ticket | None:
    """The first answer to a caller's own key, events and all; the core would repeat the answer without them."""
    if key is None:
        return None
    await settle(desk, desk.answered.copy())
    return await desk.views.ticket(partition, str(UUID(key)))

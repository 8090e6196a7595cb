"""A command on its way: its id, its ticket, and the decision that answers it (design, "Tickets")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from services.contracts.alarm import EscalationSignedFor, FeedbackGiven, PoliceDispatched, PoliceOnScene
from services.contracts.commands import instant_of
from services.contracts.envelope import Refused
from services.contracts.interruption import MaintenanceWindowEnded, MaintenanceWindowOpened
from services.contracts.police_track import DuplicateNamed, EscalationReturned, EscalationTransferred
from services.contracts.topics import PARTITIONS, partition_of
from services.desk.handlers.looking import check_site, settle, visible_alarm, visible_escalation
from services.desk.ports import Away
from services.picture.notes import told
from services.picture.visibility import Scope, alarm_scope
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contracts.envelope import Command, Event
    from services.contracts.stored import Actor
    from services.desk.handlers.looking import Desk
    from services.desk.ports import Ticket

SENDER = "web"
AHEAD_US = 10_000_000
# A command is in time for 2 minutes; past that and a margin an unknown ticket never entered the record.
FORGOTTEN_US = 180_000_000
_PERSONS = ("holder", "by")  # parameters of refusals that are ids of persons
_OF_THE_POLICE = (
    EscalationSignedFor, PoliceDispatched, PoliceOnScene, FeedbackGiven,
    EscalationReturned, EscalationTransferred, DuplicateNamed,
)  # fmt: skip


class Acted(msgspec.Struct, frozen=True):
    """`document` None: not known yet, ask at `url`."""

    url: str
    document: dict[str, object] | None


async def on_alarm(desk: Desk, person: Actor, alarm: str, key: str | None) -> dict[str, Any]:
    """What every command about an alarm carries. Raises `Problem` 404 for one that this person does not see."""
    name = command_id(desk, key)
    view = await visible_alarm(desk, person, alarm)
    return {**await _stamped(desk, person, name, alarm, view.site), "alarm": alarm}


async def on_escalation(desk: Desk, person: Actor, escalation: str, key: str | None) -> dict[str, Any]:
    """The same about an escalation."""
    name = command_id(desk, key)
    view = (await visible_escalation(desk, person, escalation)).view
    return {**await _stamped(desk, person, name, view.alarm, view.site), "escalation": escalation}


async def submit(desk: Desk, command: Command, key: str | None) -> Acted:
    """Send it and wait for its decision. Raises `Problem` 409 with the core's reason, 503 when nothing was sent."""
    partition = partition_of(command.subject)
    try:
        found = await _known(desk, command.by, partition, key) or await desk.gateway.submit(command)
    except Away as error:
        raise Problem("inbox.away", 503) from error
    if found is None:
        return Acted(url_of(partition, command.id), None)
    desk.answered[partition] = max(found.offset, desk.answered.get(partition, -1))
    return Acted(url_of(partition, command.id), await document(desk, command.by, found))


async def ticket(desk: Desk, person: Actor, partition: int, command: str) -> Acted:
    """What became of a command, if this person may see it. Raises `Problem` 404 when it never entered the record."""
    await settle(desk, desk.answered.copy())
    found = await desk.views.ticket(partition, command)
    if found is not None:
        await _check(desk, person, of_concern(person, found.events))
        return Acted(url_of(partition, command), await document(desk, person, found))
    if _forgotten(desk, partition, command):
        raise Problem("ticket.unknown", 404)
    return Acted(url_of(partition, command), None)


async def document(desk: Desk, person: Actor, found: Ticket) -> dict[str, object]:
    """The answer to an act. Raises `Problem` 409 when it was refused."""
    if isinstance(found.answer, Refused):
        raise Problem(found.answer.reason, 409, **await _named(desk, found.answer.params))
    return {
        "ticket": url_of(found.partition, found.id),
        "answer": msgspec.to_builtins(found.answer),
        "events": [told(event, {}) for event in of_concern(person, found.events)],
    }


def url_of(partition: int, command: str) -> str:
    """Where a ticket is asked for."""
    return f"/api/tickets/{partition}/{command}"


def command_id(desk: Desk, key: str | None) -> str:
    """The caller's uuid7, or one of the larger of our clock and the newest decision's time."""
    latest = max(now_us(), desk.gateway.newest_decision)
    if key is None:
        return uuid7(latest)
    try:
        ahead = instant_of(key) - latest
    except ValueError as error:
        raise Problem("key.invalid", 422) from error
    if ahead > AHEAD_US:
        raise Problem("key.invalid", 422)
    return str(UUID(key))


async def _stamped(desk: Desk, person: Actor, name: str, alarm: str, site: str) -> dict[str, Any]:
    """An alarm stays with the subject under which it was raised, also when its shell site was merged."""
    subject = await desk.views.subject(alarm) or site
    return {"id": name, "sender": SENDER, "sent_at": now_us(), "subject": subject, "by": person}


def of_concern(person: Actor, events: Sequence[Event]) -> list[Event]:
    """Who sees no alarms is told of the police's own acts only: never of the provider's clocks and filings."""
    if alarm_scope(person) != Scope():
        return list(events)
    return [event for event in events if isinstance(event, _OF_THE_POLICE)]


async def _check(desk: Desk, person: Actor, events: Sequence[Event]) -> None:
    for event in events:
        escalation, alarm = getattr(event, "escalation", None), getattr(event, "alarm", None)
        if escalation is not None:
            await visible_escalation(desk, person, escalation)
        elif alarm is not None:
            await visible_alarm(desk, person, alarm)
        elif isinstance(event, MaintenanceWindowOpened | MaintenanceWindowEnded):
            await check_site(desk, person, event.subject)


async def _named(desk: Desk, params: dict[str, str]) -> dict[str, str]:
    """With the names of the persons it is about."""
    ids = {name: params[name] for name in _PERSONS if name in params}
    people = await desk.views.people(ids.values()) if ids else {}
    names = {f"{name}_name": people[id_].name if id_ in people else id_ for name, id_ in ids.items()}
    return {**params, **names}


async def _known(desk: Desk, person: Actor, partition: int, key: str | None) -> Ticket | None:
    """The first answer to a caller's own key, events and all; the core would repeat the answer without them.

    Raises `Problem` 404 where it is about what this person does not see: then it was somebody else's key.
    """
    if key is None:
        return None
    await settle(desk, desk.answered.copy())
    known = await desk.views.ticket(partition, str(UUID(key)))
    if known is not None:
        await _check(desk, person, of_concern(person, known.events))
    return known


def _forgotten(desk: Desk, partition: int, command: str) -> bool:
    """Whether it can no longer be decided: what waits in a stopped partition is not lost."""
    if not 0 <= partition < PARTITIONS:
        return True
    waits = desk.inbox.waits(partition)
    until = desk.gateway.decided_at(partition) if waits else desk.gateway.newest_decision
    try:
        return instant_of(command) + FORGOTTEN_US < until
    except ValueError:
        return True

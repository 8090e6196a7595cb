"""A person looks: lists, one alarm with its history, escalations, tickets. Every look is written down first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from services.contracts.alarm import AlarmClosed, AlarmVerified
from services.contracts.envelope import Accepted, Refused
from services.picture.alarm_view import sealed_notes, sealed_of
from services.picture.names import Reading
from services.picture.visibility import alarm_scope, escalation_scope, may_read_notes, visible
from services.desk.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.contracts.envelope import Event
    from services.contracts.stored import Actor, Sealed
    from services.contracts.views import AlarmView, EscalationView
    from services.picture.alarm_view import Report
    from services.desk.ports import DeskViews, Gateway, Page, PastEvent, Ticket, Vault

SETTLE_SECONDS = 1.0
STEP_SECONDS = 0.01


class Desk(msgspec.Struct):
    """What the handlers work with. `answered`: the newest offset by partition that somebody was told of."""

    views: DeskViews
    gateway: Gateway
    vault: Vault
    answered: dict[int, int] = {}


async def settle(desk: Desk, until: Mapping[int, int]) -> None:
    """Wait, at most a second, until the views show these offsets: who acted sees the act in the next look."""
    missing = dict(until)
    for _ in range(int(SETTLE_SECONDS / STEP_SECONDS)):
        if missing:
            reached = await desk.views.reached()
            missing = {p: offset for p, offset in missing.items() if reached.get(p, -1) < offset}
        if not missing:
            break
        await asyncio.sleep(STEP_SECONDS)
    for partition, offset in until.items():
        if partition not in missing and desk.answered.get(partition) == offset:
            del desk.answered[partition]


async def list_alarms(desk: Desk, person: Actor, page: Page) -> list[AlarmView]:
    """The alarms this person sees."""
    await settle(desk, desk.answered.copy())
    views = await desk.views.alarms(alarm_scope(person), page)
    reading = await _reading(desk, person, views)
    shown = may_read_notes(person)
    return [reading.show(view, notes=shown) for view in views]


async def visible_alarm(desk: Desk, person: Actor, alarm: str) -> AlarmView:
    """The stored view of an alarm. Raises `Problem` 404 also for one that lies outside this person's scope."""
    view = await desk.views.alarm(alarm)
    if view is None:
        await settle(desk, desk.gateway.reached())
        view = await desk.views.alarm(alarm)
    if view is None or not visible(person, view):
        raise Problem(404, "not_found")
    return view


async def visible_escalation(desk: Desk, person: Actor, escalation: str) -> Report:
    """The same for an escalation."""
    report = await desk.views.escalation(escalation)
    if report is None:
        await settle(desk, desk.gateway.reached())
        report = await desk.views.escalation(escalation)
    if report is None or not visible(person, report):
        raise Problem(404, "not_found")
    return report


async def alarm_detail(desk: Desk, person: Actor, alarm: str) -> dict[str, object]:
    """One alarm with all that happened to it."""
    await settle(desk, desk.answered.copy())
    view = await visible_alarm(desk, person, alarm)
    await desk.views.note_look(person.id, "alarm.read", alarm, {})
    past = await desk.views.events(alarm)
    reading = await _reading(desk, person, [view])
    sealed = [note for one in past for note in _sealed_in(one.event)]
    opened = await desk.vault.open(sealed) if may_read_notes(person) else {}
    shown: dict[str, object] = msgspec.to_builtins(reading.show(view, notes=may_read_notes(person)))
    return {**shown, "events": [_past(one, opened) for one in past]}


async def list_escalations(desk: Desk, person: Actor, page: Page) -> list[EscalationView]:
    """The escalations this person sees."""
    await settle(desk, desk.answered.copy())
    reports = await desk.views.escalations(escalation_scope(person), page)
    ids = [report.view.id for report in reports]
    await desk.views.note_look(person.id, "escalation.list", "escalations", {"shown": ids})
    reading = await _reading(desk, person, [report.view for report in reports])
    shown = may_read_notes(person)
    return [reading.show(report.view, notes=shown) for report in reports]


async def ticket(desk: Desk, person: Actor, partition: int, command: str) -> Ticket | None:
    """What became of a command; None when that is not known. Only of an alarm that this person sees."""
    await settle(desk, desk.answered.copy())
    found = await desk.views.ticket(partition, command)
    for event in () if found is None else found.events:
        escalation, alarm = getattr(event, "escalation", None), getattr(event, "alarm", None)
        if escalation is not None:
            await visible_escalation(desk, person, escalation)
        elif alarm is not None:
            await visible_alarm(desk, person, alarm)
    return found


def ticket_document(found: Ticket) -> dict[str, object]:
    """The answer to an act. Raises `Problem` 409 when it was refused."""
    if isinstance(found.answer, Refused):
        raise Problem(409, found.answer.reason, **found.answer.params)
    return {
        "ticket": f"/api/tickets/{found.partition}/{found.id}",
        "answer": msgspec.to_builtins(found.answer),
        "events": [_clear(event, {}) for event in found.events],
    }


async def _reading(desk: Desk, person: Actor, views: Sequence[AlarmView | EscalationView]) -> Reading:
    names = await desk.views.names(view.site for view in views)
    if not may_read_notes(person):
        return Reading(names, {})
    return Reading(names, await opened_notes(desk.vault, views))


async def opened_notes(vault: Vault, views: Iterable[AlarmView | EscalationView]) -> dict[str, str]:
    """What the notes of these stored views say, by their sealed text."""
    by_text = {text: sealed_of(text) for view in views for text in sealed_notes(view)}
    opened = await vault.open(by_text.values())
    return {text: opened[sealed] for text, sealed in by_text.items() if sealed in opened}


def _sealed_in(event: Event) -> list[Sealed]:
    match event:
        case AlarmVerified():
            return [item.note for item in event.evidence if item.note is not None]
        case AlarmClosed():
            return [event.reason]
        case _:
            return []


def _past(one: PastEvent, opened: Mapping[Sealed, str]) -> dict[str, object]:
    event = _clear(one.event, opened)
    actor = getattr(one.event, "by", None)
    shown: dict[str, object] = {
        "partition": one.partition,
        "offset": one.offset,
        "time": one.time,
        "type": event["type"],
        "event": event,
        "answer": msgspec.to_builtins(Accepted()),
    }
    return shown if actor is None else {**shown, "by": actor.id}


def _clear(event: Event, opened: Mapping[Sealed, str]) -> dict[str, object]:
    """The event with sealed text replaced by what it says, or null where it may not be read."""
    shown: dict[str, object] = msgspec.to_builtins(event)
    match event:
        case AlarmVerified():
            shown["evidence"] = [
                {"kind": item.kind, "note": None if item.note is None else opened.get(item.note)}
                for item in event.evidence
            ]
        case AlarmClosed():
            shown["reason"] = opened.get(event.reason)
        case _:
            pass
    return shown

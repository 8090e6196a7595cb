"""A person looks: lists, one alarm with its history, a search, escalations. Every look is written down first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from services.contracts.envelope import Accepted, Answer, Refused
from services.contracts.refusal import CommandRefused
from services.contracts.why import AlarmWhy
from services.picture.names import Reading, V
from services.picture.notes import sealed_in, sealed_notes, sealed_of, told
from services.picture.visibility import alarm_scope, escalation_scope, may_read_notes, visible
from services.picture.why import Explain, Recorded
from services.runtime.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from services.contracts.stored import Actor, Sealed
    from services.contracts.views import AlarmView, EscalationView
    from services.desk.ports import DeskViews, Gateway, Inbox, Opening, Page, PastEvent, Vault, Within
    from services.picture.escalation_view import Report

SETTLE_SECONDS = 1.0
STEP_SECONDS = 0.01
FOUND_AT_MOST = 100

DrillTo: TypeAlias = Literal["bureau", "test_endpoint"]


class Desk(msgspec.Struct):
    """What the handlers work with. `answered`: the newest offset by partition that somebody was told of.

    `drill_to`: where a drill about a bureau's site may go at a time; None: nowhere. `explain`: the rules, asked again.
    """

    views: DeskViews
    gateway: Gateway
    vault: Vault
    inbox: Inbox
    explain: Explain
    answered: dict[int, int] = {}
    drill_to: Callable[[str | None, int], DrillTo | None] = lambda _, __: None


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
    asked = {"state": page.state, "account": page.account, "site": page.site, "provider": page.provider}
    await desk.views.note_look(person.id, "alarm.list", "alarms", {**asked, "shown": _ids(views)})
    return await shown(desk, person, views)


async def search(desk: Desk, person: Actor, text: str, within: Within) -> list[AlarmView]:
    """Alarms by account, number, the site's or the provider's name, and when they were raised."""
    await settle(desk, desk.answered.copy())
    views = await desk.views.found(alarm_scope(person), text.strip(), within, FOUND_AT_MOST)
    asked = {"text": text, "from": within.begin, "to": within.end}
    await desk.views.note_look(person.id, "alarm.search", "alarms", {**asked, "shown": _ids(views)})
    return await shown(desk, person, views)


async def visible_alarm(desk: Desk, person: Actor, alarm: str) -> AlarmView:
    """The stored view of an alarm. Raises `Problem` 404 also for one that lies outside this person's scope."""
    view = await desk.views.alarm(alarm)
    if view is None:
        await settle(desk, desk.gateway.reached())
        view = await desk.views.alarm(alarm)
    if view is None or not visible(person, view):
        raise Problem("not_found", 404)
    return view


async def visible_escalation(desk: Desk, person: Actor, escalation: str) -> Report:
    """The same for an escalation."""
    report = await desk.views.escalation(escalation)
    if report is None:
        await settle(desk, desk.gateway.reached())
        report = await desk.views.escalation(escalation)
    if report is None or not visible(person, report):
        raise Problem("not_found", 404)
    return report


async def check_site(desk: Desk, person: Actor, site: str) -> None:
    """Raises `Problem` 404 for a site outside this person's scope; what nobody registered is for who sees everything."""
    scope, names = alarm_scope(person), await desk.views.names([site])
    if not (scope.holds(names[site]) if site in names else scope.everything):
        raise Problem("not_found", 404)


async def alarm_detail(desk: Desk, person: Actor, alarm: str) -> dict[str, object]:
    """One alarm with all that happened to it."""
    await settle(desk, desk.answered.copy())
    view = await visible_alarm(desk, person, alarm)
    await desk.views.note_look(person.id, "alarm.read", alarm, {})
    past = await desk.views.events(alarm)
    sealed = [text for one in past for text in sealed_in(one.event)]
    opened = await desk.vault.open(sealed) if may_read_notes(person) else {}
    (seen,) = await shown(desk, person, [view])
    return {**msgspec.to_builtins(seen), "events": past_rows(past, opened)}


async def alarm_why(desk: Desk, person: Actor, alarm: str) -> AlarmWhy:
    """The rules behind each of its decisions, asked again with what the record says."""
    await settle(desk, desk.answered.copy())
    await visible_alarm(desk, person, alarm)
    await desk.views.note_look(person.id, "alarm.why", alarm, {})
    past = await desk.views.events(alarm)
    recorded = [Recorded(one.partition, one.offset, one.time, one.event) for one in past]
    return AlarmWhy(alarm=alarm, reasons=desk.explain(recorded))


async def list_escalations(desk: Desk, person: Actor, page: Page) -> list[EscalationView]:
    """The escalations this person sees."""
    await settle(desk, desk.answered.copy())
    reports = await desk.views.escalations(escalation_scope(person), page)
    views = [report.view for report in reports]
    await desk.views.note_look(person.id, "escalation.list", "escalations", {"shown": _ids(views)})
    return await shown(desk, person, views)


async def shown(desk: Desk, person: Actor, views: Sequence[V]) -> list[V]:
    """With names, and with notes for those who may read them."""
    notes = may_read_notes(person)
    names = await desk.views.names(view.site for view in views)
    reading = Reading(names, await opened_notes(desk.vault, views) if notes else {})
    return [reading.show(view, notes=notes) for view in views]


async def opened_notes(
    vault: Opening, views: Iterable[AlarmView | EscalationView], known: Collection[str] = ()
) -> dict[str, str]:
    """What the notes of these stored views say, by their sealed text; without those that are `known`."""
    texts = {text for view in views for text in sealed_notes(view) if text not in known}
    by_text = {text: sealed_of(text) for text in texts}
    opened = await vault.open(by_text.values())
    return {text: opened[sealed] for text, sealed in by_text.items() if sealed in opened}


def _ids(views: Sequence[AlarmView | EscalationView]) -> list[str]:
    return [view.id for view in views]


def past_rows(past: Iterable[PastEvent], opened: Mapping[Sealed, str]) -> list[dict[str, object]]:
    """Events of the record as the API tells them."""
    return [_past(one, opened) for one in past]


def _past(one: PastEvent, opened: Mapping[Sealed, str]) -> dict[str, object]:
    event = told(one.event, opened)
    actor = getattr(one.event, "by", None)
    answer: Answer = Refused(reason=one.event.reason) if isinstance(one.event, CommandRefused) else Accepted()
    row: dict[str, object] = {
        "partition": one.partition,
        "offset": one.offset,
        "time": one.time,
        "type": event["type"],
        "event": event,
        "answer": msgspec.to_builtins(answer),
    }
    return row if actor is None else {**row, "by": actor.id}

"""A person looks at interruptions, or says beforehand that work will disturb a system. Every look is written down."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec.structs import replace

from services.contracts.interruption import (
    EndMaintenanceWindow,
    InterruptionView,
    OpenMaintenanceWindow,
    WindowView,
)
from services.desk.handlers.looking import SETTLE_SECONDS, STEP_SECONDS, check_site, past_rows
from services.desk.handlers.submitting import SENDER, Acted, command_id, submit
from services.law.pack import passed_over
from services.picture.notes import sealed_of
from services.picture.visibility import alarm_scope, may_read_notes, visible
from services.runtime.clock import now_us
from services.runtime.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.contracts.interruption import FactClass, WindowKind
    from services.contracts.stored import Actor
    from services.desk.handlers.looking import Desk
    from services.desk.ports import Asked, InterruptionViews
    from services.law.pack import Law, PassedOver
    from services.picture.names import SiteName

V = TypeVar("V", InterruptionView, WindowView)


class Interruptions(msgspec.Struct):
    """What the handlers work with. `law`: whose words the screens show beside a candidate article."""

    desk: Desk
    views: InterruptionViews
    law: Law


class Work(msgspec.Struct, frozen=True):
    """What is said beforehand. Times are UTC microseconds."""

    kind: WindowKind
    from_us: int
    until_us: int
    facts: tuple[FactClass, ...]
    reference: str
    opinion: str
    plan: str
    note: str


async def list_interruptions(all_: Interruptions, person: Actor, asked: Asked) -> list[InterruptionView]:
    """The interruptions of the sites this person sees, newest first."""
    await _settle(all_)
    views = await all_.views.interruptions(alarm_scope(person), asked)
    shown = [view.id for view in views]
    detail = {"site": asked.site, "finding": asked.finding, "restored": asked.restored, "at": asked.at}
    await all_.desk.views.note_look(
        person.id, "interruption.list", "interruptions", {**detail, "shown": shown}
    )
    return await _named(all_.desk, views)


async def interruption_detail(all_: Interruptions, person: Actor, interruption: str) -> dict[str, object]:
    """One with all that happened to it and the windows it names. Raises `Problem` 404, also beyond this person's scope."""
    await _settle(all_)
    view = await all_.views.interruption(interruption)
    if view is None or not visible(person, view):
        raise Problem("not_found", 404)
    await all_.desk.views.note_look(person.id, "interruption.read", interruption, {})
    named = {w for fact in view.facts for w in (fact.covered_by, *fact.afterwards) if w is not None}
    windows = await _window_texts(all_.desk, person, await all_.views.windows_named(named))
    past = await all_.views.events(interruption)
    (shown,) = await _named(all_.desk, [view])
    return {
        **msgspec.to_builtins(shown),
        "windows": msgspec.to_builtins(windows),
        "events": past_rows(past, {}),
        "passed_over": msgspec.to_builtins(_passed_over(all_.law, view)),
    }


async def list_windows(all_: Interruptions, person: Actor, asked: Asked) -> list[WindowView]:
    """The maintenance windows of the sites this person sees, newest first."""
    await _settle(all_)
    views = await all_.views.windows(alarm_scope(person), asked)
    detail = {"site": asked.site, "shown": [view.id for view in views]}
    await all_.desk.views.note_look(person.id, "window.list", "windows", detail)
    return await _window_texts(all_.desk, person, views)


async def open_window(all_: Interruptions, person: Actor, site: str, key: str | None, work: Work) -> Acted:
    """Say work beforehand. Raises `Problem` 404 for a site that this person does not see."""
    desk = all_.desk
    name = command_id(desk, key)
    await check_site(desk, person, site)
    command = OpenMaintenanceWindow(
        id=name,
        sender=SENDER,
        sent_at=now_us(),
        subject=site,
        by=person,
        kind=work.kind,
        from_us=work.from_us,
        until_us=work.until_us,
        facts=work.facts,
        reference=work.reference,
        opinion=work.opinion,
        plan=work.plan,
        note=await desk.vault.seal(site, work.note) if work.note else None,
    )
    return await submit(desk, command, key)


async def end_window(all_: Interruptions, person: Actor, window: str, key: str | None) -> Acted:
    """The work is done. Raises `Problem` 404."""
    await _settle(all_)
    name = command_id(all_.desk, key)
    view = await all_.views.window(window)
    if view is None or not visible(person, view):
        raise Problem("not_found", 404)
    command = EndMaintenanceWindow(
        id=name, sender=SENDER, sent_at=now_us(), subject=view.site, by=person, window=window
    )
    return await submit(all_.desk, command, key)


def law_texts(all_: Interruptions) -> list[dict[str, object]]:
    """The packs with the words of their clauses; no penalty stands in them."""
    packs: list[dict[str, object]] = msgspec.to_builtins(all_.law.packs)
    return packs


async def _settle(all_: Interruptions) -> None:
    """As `looking.settle`, for a read model with a position of its own."""
    for _ in range(int(SETTLE_SECONDS / STEP_SECONDS)):
        reached = await all_.views.reached()
        if all(reached.get(one, -1) >= offset for one, offset in all_.desk.answered.items()):
            return
        await asyncio.sleep(STEP_SECONDS)


def _passed_over(law: Law, view: InterruptionView) -> tuple[PassedOver, ...]:
    codes: dict[FactClass, set[str]] = {}
    for one in view.facts:
        codes.setdefault(one.fact, set()).add(one.code)
    return () if view.judged is None else passed_over(law, view.judged, view.site_class, codes)


async def _named(desk: Desk, views: Sequence[V]) -> list[V]:
    names = await desk.views.names(view.site for view in views)
    return [_with_name(view, names.get(view.site)) for view in views]


def _with_name(view: V, site: SiteName | None) -> V:
    if site is None:
        return view
    return replace(view, site_name=site.name, lon=site.lon, lat=site.lat, provider_name=site.provider_name)


async def _window_texts(desk: Desk, person: Actor, views: Iterable[WindowView]) -> list[WindowView]:
    """With names, and with the note for those who may read it."""
    named = await _named(desk, list(views))
    sealed = {view.note: sealed_of(view.note) for view in named if view.note}
    opened = await desk.vault.open(sealed.values()) if may_read_notes(person) else {}
    return [replace(view, note=opened.get(sealed[view.note], "") if view.note else "") for view in named]

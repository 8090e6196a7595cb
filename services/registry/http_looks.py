"""Looking: lists, entries, their history and the people to call; each as it is now or was at an instant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Response

from services.contracts.stored import Actor, Sealed
from services.eventsourcing.event_store import StoredEvent
from services.registry.domain import bureau as b
from services.registry.domain import provider as p
from services.registry.domain import site as s
from services.registry.domain.entry_form import bureau_form, provider_form, site_form
from services.registry.domain.keys import bureau_stream, provider_stream, site_stream
from services.registry.domain.register import Register, evolved
from services.registry.handlers.change_entry import Step, steps
from services.registry.handlers.reading import entry_of, register_at, stored_until
from services.registry.handlers.stored_form import ANY_EVENT
from services.registry.http_parts import Registry, shown
from services.registry.rights import BUREAU_NAMERS, CALLERS, NAMERS, READERS, may, sees_provider, sees_site
from services.runtime.problem import Problem

Limit = Annotated[int, Query(ge=1, le=500)]
Text100 = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Id = Annotated[str, Path(max_length=40, pattern=r"^[^\x00]*$")]
At = Annotated[str, Query(max_length=40)]
Position = Annotated[int | None, Query(ge=0, le=2**62)]
PersonOf = Callable[..., Awaitable[Actor]]


def page(items: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """A list and where it goes on."""
    return {"items": items, "next": items[-1]["id"] if len(items) == limit else None}


def add_looks(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    """All of them."""
    _add_providers(routes, registry, person)
    _add_sites(routes, registry, person)
    _add_people(routes, registry, person)
    _add_bureaus(routes, registry, person)


def _add_providers(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    @routes.get("/api/registry/providers")
    async def providers(  # noqa: PLR0913 - what a list may be asked for
        q: Text100 = "",
        limit: Limit = 500,
        after: Text100 = "",
        at: At = "",
        position: Position = None,
        who: Actor = Depends(person),
    ) -> dict[str, Any]:
        """The providers by a part of their name; people of a provider see their own."""
        may(who, NAMERS)
        until = await registry.position(at, position)
        if until is None:
            return page(await registry.lists.providers(who, q, after, limit), limit)
        known = (await register_at(registry.store, until)).providers().values()
        mine = [one for one in known if sees_provider(who, one.id) and q.lower() in one.name.lower()]
        return _cut((provider_form(one) for one in mine), after, limit)

    @routes.get("/api/registry/providers/{provider}")
    async def provider(
        provider: Id, at: At = "", position: Position = None, who: Actor = Depends(person)
    ) -> Response:
        """One provider with its filings and its version."""
        may(who, READERS)
        stored = await _stored(registry, provider_stream(provider), at, position)
        return shown(provider_form(_provider(who, stored)), len(stored))

    @routes.get("/api/registry/providers/{provider}/history")
    async def history(provider: Id, who: Actor = Depends(person)) -> dict[str, Any]:
        """Who changed what of it, newest first."""
        may(who, READERS)
        stored = await stored_until(registry.store, provider_stream(provider), None)
        _provider(who, stored)
        return _told(steps(stored))


def _add_sites(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    @routes.get("/api/registry/sites")
    async def sites(  # noqa: PLR0913 - what a list may be asked for
        q: Text100 = "",
        provider: Text100 = "",
        limit: Limit = 100,
        after: Text100 = "",
        at: At = "",
        position: Position = None,
        who: Actor = Depends(person),
    ) -> dict[str, Any]:
        """Sites by name, provider or account, in the scope in which this person sees alarms."""
        may(who, READERS)
        until = await registry.position(at, position)
        if until is None:
            return page(await registry.lists.sites(who, q, provider or None, after, limit), limit)
        return _cut(_past_sites(await register_at(registry.store, until), who, q, provider), after, limit)

    @routes.get("/api/registry/sites/{site}")
    async def site(
        site: Id, at: At = "", position: Position = None, who: Actor = Depends(person)
    ) -> Response:
        """One site with its lines, contracts and version; people are looked at by an address of their own."""
        may(who, READERS)
        stored = await _stored(registry, site_stream(site), at, position)
        known = _site(who, stored)
        return shown(site_form(known, await _provider_name(registry, known, at, position)), len(stored))

    @routes.get("/api/registry/sites/{site}/history")
    async def history(site: Id, who: Actor = Depends(person)) -> dict[str, Any]:
        """Who changed what of it, newest first; from when on it lay in this person's scope."""
        may(who, READERS)
        stored = await stored_until(registry.store, site_stream(site), None)
        _site(who, stored)
        hidden = _out_of_scope(who, stored)
        return _told(step for step in steps(stored) if step.version > hidden)


def _add_people(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    @routes.get("/api/registry/sites/{site}/people")
    async def people(
        site: Id, at: At = "", position: Position = None, who: Actor = Depends(person)
    ) -> dict[str, Any]:
        """Whom to call, and the parties of the contracts. Each look is written down before it is answered.

        Also those of earlier are for whoever has the site now: who had it once needs nobody's number any more.
        """
        may(who, CALLERS)
        _site(who, await stored_until(registry.store, site_stream(site), None))
        stored = await _stored(registry, site_stream(site), at, position)
        known = _site(who, stored)
        detail = {"version": len(stored), "people": len(known.people)}
        await registry.looks.note_look(who.id, "registry.people_read", site, detail)
        parts = [*known.people, *known.contracts]
        said = await registry.sealing.open(box for box in map(_box, parts) if box is not None)
        words = [msgspec.json.decode(said[box]) if (box := _box(one)) in said else None for one in parts]
        names = [(one.person, word) for one, word in zip(known.people, words, strict=False)]
        parties = [(one.id, word) for one, word in zip(known.contracts, words[len(names) :], strict=True)]
        return {
            "version": len(stored),
            "people": [{"id": of, **(word or {"erased": True})} for of, word in names],
            "contracts": [{"id": of, **(word or {"erased": True})} for of, word in parties],
        }


def _add_bureaus(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    @routes.get("/api/registry/bureaus")
    async def bureaus(
        division: Text100 = "",
        at: At = "",
        position: Position = None,
        who: Actor = Depends(person),
    ) -> dict[str, Any]:
        """All bureaus, or those in whose area a division lies, the narrowest area first."""
        may(who, BUREAU_NAMERS)
        until = await registry.position(at, position)
        if until is None:
            known = await registry.lists.bureaus()
        else:
            known = list((await register_at(registry.store, until)).bureaus().values())
        found = b.competent(known, division) if division else sorted(known, key=lambda one: one.id)
        return {"items": [bureau_form(one) for one in found], "next": None}

    @routes.get("/api/registry/bureaus/{bureau}")
    async def bureau(
        bureau: Id, at: At = "", position: Position = None, who: Actor = Depends(person)
    ) -> Response:
        """One bureau with its area and its version."""
        may(who, READERS)
        stored = await _stored(registry, bureau_stream(bureau), at, position)
        return shown(bureau_form(_bureau(stored)), len(stored))

    @routes.get("/api/registry/bureaus/{bureau}/history")
    async def history(bureau: Id, who: Actor = Depends(person)) -> dict[str, Any]:
        """Who changed what of it, newest first."""
        may(who, READERS)
        stored = await stored_until(registry.store, bureau_stream(bureau), None)
        _bureau(stored)
        return _told(steps(stored))


async def _stored(registry: Registry, stream: str, at: str, position: int | None) -> list[StoredEvent]:
    return await stored_until(registry.store, stream, await registry.position(at, position))


def _provider(who: Actor, stored: list[StoredEvent]) -> p.Known:
    entry = entry_of(stored)
    if not isinstance(entry, p.Known) or not sees_provider(who, entry.id):
        raise Problem("provider.unknown", 404)
    return entry


def _site(who: Actor, stored: list[StoredEvent]) -> s.Known:
    entry = entry_of(stored)
    if not isinstance(entry, s.Known) or not sees_site(who, entry.details):
        raise Problem("site.unknown", 404)
    return entry


def _bureau(stored: list[StoredEvent]) -> b.Bureau:
    entry = entry_of(stored)
    if not isinstance(entry, b.Bureau):
        raise Problem("bureau.unknown", 404)
    return entry


def _out_of_scope(who: Actor, stored: list[StoredEvent]) -> int:
    """The version with which the site came into this person's scope for the last time; 0: it always was there."""
    entry, came = None, 0
    for event in stored:
        entry = evolved(entry, ANY_EVENT.decode(event.body))
        if not isinstance(entry, s.Known) or not sees_site(who, entry.details):
            came = event.version + 1
    return came


def _past_sites(register: Register, who: Actor, q: str, provider: str) -> Iterable[dict[str, Any]]:
    names = {one.id: one.name for one in register.providers().values()}
    for one in register.sites().values():
        name = names.get(one.details.provider, "")
        if sees_site(who, one.details) and provider in {"", one.details.provider} and _fits(one, name, q):
            yield site_form(one, name)


def _fits(site: s.Known, provider_name: str, q: str) -> bool:
    words = q.lower()
    named = words in site.details.name.lower() or words in provider_name.lower()
    return named or any(line.account in {q, q.upper()} for line in site.lines)


def _cut(forms: Iterable[dict[str, Any]], after: str, limit: int) -> dict[str, Any]:
    following = sorted((one for one in forms if one["id"] > after), key=lambda one: str(one["id"]))
    return page(following[:limit], limit)


async def _provider_name(registry: Registry, site: s.Known, at: str, position: int | None) -> str:
    entry = entry_of(await _stored(registry, provider_stream(site.details.provider), at, position))
    return entry.name if isinstance(entry, p.Known) else ""


def _box(one: object) -> Sealed | None:
    box: Sealed | None = getattr(one, "details", None) or getattr(one, "parties", None)
    return box


def _told(history: Iterable[Step]) -> dict[str, Any]:
    return {"items": [msgspec.to_builtins(step) for step in history][::-1], "next": None}

"""Changing: each change names the version that the person saw, and an id by which a repetition is known."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response

from services.contracts.directory import Line
from services.contracts.registry import Callee, Contract
from services.contracts.stored import Actor, Sealed
from services.contracts.topics import shell_site
from services.registry import bodies
from services.registry.domain import bureau as b
from services.registry.domain import provider as p
from services.registry.domain import site as s
from services.registry.domain.keys import (
    bureau_stream,
    provider_id,
    provider_stream,
    site_id,
    site_stream,
)
from services.registry.handlers.change_entry import Wanted
from services.registry.handlers.import_sheet import MAX_LINES
from services.registry.handlers.reading import entry_of, stored_until
from services.registry.http_looks import Id, PersonOf
from services.registry.http_parts import Registry, mark, seen_version
from services.registry.rights import KEEPERS, SITE_KEEPERS, may, may_change_site, of_the_whole, sees_provider
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.problem import Problem

Code = Annotated[str, Path(pattern=r"^[0-9]{6,12}$")]


def add_changes(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    """All of them."""
    _add_providers(routes, registry, person)
    _add_sites(routes, registry, person)
    _add_lines(routes, registry, person)
    _add_contracts(routes, registry, person)
    _add_people(routes, registry, person)
    _add_bureaus(routes, registry, person)


def _add_providers(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    @routes.post("/api/registry/providers")
    async def register(request: Request, body: bodies.NewProvider, who: Actor = Depends(person)) -> Response:
        """Make a provider known."""
        may(who, KEEPERS)
        of_the_whole(who)
        key = body.key or _own_key(request, who)
        known = p.Register(id=provider_id(key), key=key, name=body.name, now_us=now_us())
        return await registry.change(
            request, who, Wanted(stream=provider_stream(known.id), commands=(known,), version=0)
        )

    @routes.put("/api/registry/providers/{provider}")
    async def rename(
        request: Request, provider: Id, body: bodies.ProviderName, who: Actor = Depends(person)
    ) -> Response:
        """Correct how it is called."""
        may(who, KEEPERS)
        return await _of_provider(
            registry, request, who, provider, body, p.Rename(name=body.name, now_us=now_us())
        )

    @routes.put("/api/registry/providers/{provider}/filings")
    async def file(
        request: Request, provider: Id, body: bodies.FilingBody, who: Actor = Depends(person)
    ) -> Response:
        """Note how its filing with one authority stands."""
        may(who, KEEPERS)
        return await _of_provider(
            registry, request, who, provider, body, p.SetFiling(filing=body.filing(), now_us=now_us())
        )


async def _of_provider(  # noqa: PLR0913 - one change of one entry by one person
    registry: Registry, request: Request, who: Actor, provider: str, body: bodies.Body, command: p.Command
) -> Response:
    if not sees_provider(who, provider):
        raise Problem("provider.unknown", 404)
    wanted = Wanted(
        stream=provider_stream(provider), commands=(command,), version=seen_version(request, body)
    )
    return await registry.change(request, who, wanted)


def _add_sites(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    @routes.post("/api/registry/sites")
    async def register(request: Request, body: bodies.NewSite, who: Actor = Depends(person)) -> Response:
        """Make a site known."""
        may(who, KEEPERS)
        await _check_details(registry, who, body)
        key = body.key or _own_key(request, who)
        enter = s.Enter(id=site_id(key), key=key, details=body.details(), now_us=now_us())
        return await registry.change(
            request, who, Wanted(stream=site_stream(enter.id), commands=(enter,), version=0)
        )

    @routes.put("/api/registry/sites/{site}")
    async def correct(
        request: Request, site: Id, body: bodies.SiteBody, who: Actor = Depends(person)
    ) -> Response:
        """Correct its entry: name, provider, class, division, bureau, place."""
        may(who, KEEPERS)
        known = await registry.site_to_change(who, site)
        await _check_details(registry, who, body)
        enter = s.Enter(id=site, key=known.key, details=body.details(), now_us=now_us())
        return await _of_site(registry, request, who, site, body, enter)


async def _check_details(registry: Registry, who: Actor, body: bodies.SiteBody) -> None:
    if not may_change_site(who, body.details()) or not await registry.lists.provider_name(body.provider):
        raise Problem("provider.unknown", 404)


async def _of_site(  # noqa: PLR0913 - one change of one entry by one person
    registry: Registry, request: Request, who: Actor, site: str, body: bodies.Body, command: s.Command
) -> Response:
    wanted = Wanted(stream=site_stream(site), commands=(command,), version=seen_version(request, body))
    return await registry.change(request, who, wanted)


def _add_lines(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    @routes.post("/api/registry/sites/{site}/lines")
    async def assign(
        request: Request, site: Id, body: bodies.LineBody, who: Actor = Depends(person)
    ) -> Response:
        """Panels name the site by this account from now on; with `move` another one no more."""
        may(who, SITE_KEEPERS)
        known = await registry.site_to_change(who, site)
        if (done := await registry.done(request, who, site_stream(site))) is not None:
            return done
        line = Line(account_space=body.account_space, account=body.account)
        if len(known.lines) >= MAX_LINES and s.named(line) not in map(s.named, known.lines):
            raise Problem("lines.too_many", 409, most=str(MAX_LINES))
        also, moved_key = await _from_its_site(registry, who, site, line, body)
        key = moved_key if body.key is None else registry.line_keys.seal(body.key)
        wanted = Wanted(
            stream=site_stream(site), commands=_line_commands(body, key), version=seen_version(request, body)
        )
        return await registry.change(request, who, wanted, also)

    @routes.post("/api/registry/sites/{site}/lines/release")
    async def release(
        request: Request, site: Id, body: bodies.Release, who: Actor = Depends(person)
    ) -> Response:
        """Panels name the site by this account no more; what still comes is an unknown account's."""
        may(who, SITE_KEEPERS)
        known = await registry.site_to_change(who, site)
        if (done := await registry.done(request, who, site_stream(site))) is not None:
            return done
        line = Line(account_space=body.account_space, account=body.account)
        if s.named(line) not in map(s.named, known.lines):
            raise Problem("line.unknown", 404)
        if await registry.store.read(site_stream(shell_site(line.account_space, line.account))):
            raise Problem("line.kept", 409)
        return await _of_site(registry, request, who, site, body, s.ReleaseLine(line=line, now_us=now_us()))


def _line_commands(body: bodies.LineBody, key: Sealed | None) -> tuple[s.Command, ...]:
    line = Line(account_space=body.account_space, account=body.account)
    supervised = msgspec.structs.replace(line, interval_s=body.interval_s, delay_s=body.delay_s)
    return s.AssignLine(line=line, key=key, now_us=now_us()), s.Supervise(line=supervised, now_us=now_us())


async def _from_its_site(
    registry: Registry, who: Actor, site: str, line: Line, body: bodies.LineBody
) -> tuple[list[Wanted], Sealed | None]:
    """What releases the line from the site that has it, and its key. Raises `Problem` 409: not asked for, or not allowed."""
    taken = (await registry.lines.sites_of([line])).get(line)
    if taken is None or taken[0] == site:
        return [], None
    other = entry_of(await stored_until(registry.store, site_stream(taken[0]), None))
    if not isinstance(other, s.Known) or not may_change_site(who, other.details):
        raise Problem("line.taken", 409, site="")
    if not body.move:
        raise Problem("line.taken", 409, site=other.details.name)
    release = s.ReleaseLine(line=line, now_us=now_us())
    return [Wanted(stream=site_stream(taken[0]), commands=(release,))], other.keys.get(s.named(line))


def _add_contracts(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    @routes.post("/api/registry/sites/{site}/contracts")
    async def conclude(
        request: Request, site: Id, body: bodies.ContractBody, who: Actor = Depends(person)
    ) -> Response:
        """Note a contract between the site's provider and its subscriber."""
        may(who, SITE_KEEPERS)
        return await _set_contract(registry, request, who, site, uuid7(), body)

    @routes.put("/api/registry/sites/{site}/contracts/{contract}")
    async def correct(
        request: Request, site: Id, contract: Id, body: bodies.ContractBody, who: Actor = Depends(person)
    ) -> Response:
        """Correct a contract, or end it."""
        may(who, SITE_KEEPERS)
        known = await registry.site_to_change(who, site)
        if (done := await registry.done(request, who, site_stream(site))) is not None:
            return done
        if contract not in {one.id for one in known.contracts}:
            raise Problem("contract.unknown", 404)
        return await _set_contract(registry, request, who, site, contract, body)


async def _set_contract(  # noqa: PLR0913 - one part of one entry
    registry: Registry, request: Request, who: Actor, site: str, contract: str, body: bodies.ContractBody
) -> Response:
    known = await registry.site_to_change(who, site)
    if (done := await registry.done(request, who, site_stream(site))) is not None:
        return done
    if any(one.number == body.number and one.id != contract for one in known.contracts):
        raise Problem("contract.number_taken", 409, number=body.number)
    parties = await registry.sealing.seal(f"registry.contract/{contract}", _json(body.parties()))
    said = Contract(
        id=contract,
        number=body.number,
        services=tuple(dict.fromkeys(body.services)),
        begins=body.begins.isoformat(),
        ends=None if body.ends is None else body.ends.isoformat(),
        parties=parties,
    )
    return await _of_site(registry, request, who, site, body, s.SetContract(contract=said, now_us=now_us()))


def _add_people(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    @routes.put("/api/registry/sites/{site}/people")
    async def call(
        request: Request, site: Id, body: bodies.CallList, who: Actor = Depends(person)
    ) -> Response:
        """Whom to call about the site, in this order."""
        may(who, SITE_KEEPERS)
        known = await registry.site_to_change(who, site)
        if (done := await registry.done(request, who, site_stream(site))) is not None:
            return done
        listed = {one.person for one in known.people}
        if any(one.id is not None and one.id not in listed for one in body.people):
            raise Problem("person.unknown", 409)
        people = tuple([await _callee(registry, one) for one in body.people])
        return await _of_site(
            registry, request, who, site, body, s.SetCallList(people=people, now_us=now_us())
        )


async def _callee(registry: Registry, one: bodies.Person) -> Callee:
    person = one.id or uuid7()
    return Callee(
        person=person, details=await registry.sealing.seal(f"registry.person/{person}", _json(one.details()))
    )


def _add_bureaus(routes: APIRouter, registry: Registry, person: PersonOf) -> None:
    @routes.put("/api/registry/bureaus/{bureau}")
    async def bureau_set(
        request: Request, bureau: Code, body: bodies.BureauBody, who: Actor = Depends(person)
    ) -> Response:
        """Make a bureau known, or correct its name and area."""
        may(who, KEEPERS)
        of_the_whole(who)
        said = b.SetBureau(id=bureau, name=body.name, divisions=tuple(body.divisions), now_us=now_us())
        seen = (
            0 if body.version is None and "if-match" not in request.headers else seen_version(request, body)
        )
        return await registry.change(
            request, who, Wanted(stream=bureau_stream(bureau), commands=(said,), version=seen)
        )


def _own_key(request: Request, who: Actor) -> str:
    """A key for what the registrar has none for: of their request, so that a repetition names the same."""
    return mark(request, who) or uuid7()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

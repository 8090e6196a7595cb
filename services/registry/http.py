"""GET /api/directory, open to everybody (LN-2015:18), and /api/registry for those who keep it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Depends, Path

from services.contracts.directory import Line
from services.contracts.envelope import Refused
from services.contracts.registry import SiteDetails
from services.contracts.stored import Actor
from services.eventsourcing.event_store import Retry
from services.registry.adapters.postgres_lists import PostgresLists
from services.registry.adapters.postgres_register import PostgresLineBook
from services.registry.bodies import Adopt
from services.registry.bootstrap import registry_store
from services.registry.handlers.adopt_site import Adoption, AdoptSite
from services.registry.http_changes import add_changes
from services.registry.http_looks import Limit, Text100, add_looks, page
from services.registry.http_parts import Registry
from services.registry.problem_texts import TEXTS
from services.registry.rights import ADOPTERS, may
from services.runtime import problem
from services.runtime.clock import now_us
from services.runtime.line_keys import LineKeys
from services.runtime.problem import Problem

problem.register(TEXTS)


def router(pool: asyncpg.Pool, person: Callable[..., Awaitable[Actor]], line_keys: LineKeys) -> APIRouter:
    """The routes; `person`: a dependency that gives who asks, or answers 401; `line_keys`: seals keys of panels."""
    routes, registry = APIRouter(), Registry(pool, line_keys)
    _add_directory(routes, registry.lists)
    add_looks(routes, registry, person)
    add_changes(routes, registry, person)
    _add_adoption(routes, pool, person)
    return routes


def _add_directory(routes: APIRouter, lists: PostgresLists) -> None:
    @routes.get("/api/directory")
    async def directory(limit: Limit = 100, after: Text100 = "") -> dict[str, Any]:
        """The providers with their filings."""
        return page(await lists.directory(after, limit), limit)


def _add_adoption(routes: APIRouter, pool: asyncpg.Pool, person: Callable[..., Awaitable[Actor]]) -> None:
    @routes.post("/api/registry/sites/{shell}/adopt")
    async def adopt(
        shell: Annotated[str, Path(max_length=100, pattern=r"^[^\x00]*$")],
        body: Adopt,
        who: Actor = Depends(person),
    ) -> dict[str, str]:
        """Register the shell site of an unknown account, or say which site it is."""
        may(who, ADOPTERS)
        details = body.details()
        line = Line(account_space=body.account_space, account=body.account)
        await _check_scope(pool, who, details, body.into)
        adoption = Adoption(shell=shell, line=line, details=details, into=body.into)
        use = AdoptSite(registry_store(pool), PostgresLineBook(pool))
        try:
            site = await use.run(adoption, by=who.id, now_us=now_us())
        except Retry as error:
            raise Problem("register.busy", 503) from error
        if isinstance(site, Refused):
            raise Problem(site.reason, 409, **_told(site, who))
        return {"site": site}


def _told(refused: Refused, who: Actor) -> dict[str, str]:
    """People of a provider are not told which site of another one has the account."""
    return refused.params if who.provider is None else dict.fromkeys(refused.params, "")


async def _check_scope(pool: asyncpg.Pool, who: Actor, details: SiteDetails | None, into: str | None) -> None:
    """People of a provider register for their own provider only."""
    if who.provider is None:
        return
    provider = (
        await pool.fetchval("select provider from registry_api.site where id = $1", into)
        if details is None
        else details.provider
    )
    if provider != who.provider:
        raise Problem("provider.unknown" if details is not None else "site.unknown", 404)

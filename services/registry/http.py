"""GET /api/directory, open to everybody (LN-2015:18), and /api/registry for those who keep it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.contracts.directory import Line, SiteClass
from services.contracts.envelope import Refused
from services.contracts.registry import SiteDetails
from services.contracts.stored import Actor
from services.eventsourcing.event_store import Retry
from services.picture.visibility import alarm_scope
from services.registry.adapters.postgres_register import PostgresLineBook
from services.registry.bootstrap import registry_store
from services.registry.handlers.adopt_site import Adoption, AdoptSite
from services.runtime import problem
from services.runtime.clock import now_us
from services.runtime.problem import Problem, Text

READERS = frozenset(
    {"operator", "shift_supervisor", "engineer", "registrar", "provider_manager", "enforcement_officer", "inspector", "auditor"}
)  # fmt: skip

problem.register(
    {
        "role.missing": {
            "zh": Text("您的岗位不能进行此操作", "需要的岗位：{role}。"),
            "en": Text("Your role may not do this", "It takes the role {role}."),
        },
        "line.taken": {
            "zh": Text("该账号已登记给场所 {site}", "一个账号只属于一个场所：请刷新后核对。"),
            "en": Text("The line is registered for the site {site}", "A line has one site: look again."),
        },
        "shell.differs": {
            "zh": Text("账号与这个未登记场所不符", "请从报警上重新打开登记表。"),
            "en": Text(
                "The line does not belong to this unregistered site", "Open the form from the alarm again."
            ),
        },
        "provider.unknown": {
            "zh": Text("没有登记这个从业单位", "请从列表中选择。"),
            "en": Text("There is no such provider", "Choose one from the list."),
        },
        "site.unknown": {
            "zh": Text("没有登记这个场所", "请从列表中选择，或登记为新场所。"),
            "en": Text("There is no such site", "Choose one from the list, or register a new site."),
        },
        "site.registered": {
            "zh": Text("这个场所已经登记", "请刷新后查看登记内容。"),
            "en": Text("The site is registered already", "Look at its entry."),
        },
        "site.merged": {
            "zh": Text("这个账号已并入另一场所", "请刷新后查看。"),
            "en": Text("The line was merged into another site already", "Look again."),
        },
        "register.busy": {
            "zh": Text("登记库暂时无法写入", "没有改变任何内容，请稍后重试。"),
            "en": Text("The register cannot be written now", "Nothing was changed; try again shortly."),
        },
    }
)

_DIRECTORY = """
select p.id, p.name, p.filings from registry_api.provider p
where jsonb_array_length(p.filings) > 0 and p.id > $1 order by p.id limit $2
"""
_SITES = """
select s.*, coalesce((select jsonb_agg(jsonb_build_object('account_space', l.account_space, 'account', l.account)
                                       order by l.account_space, l.account)
                      from registry_api.line l where l.site = s.id), '[]'::jsonb) as lines
from registry_api.site s
where ($1 = '' or position(lower($1) in lower(s.name)) > 0 or position(lower($1) in lower(s.provider_name)) > 0
       or s.id in (select l.site from registry_api.line l where l.account = $1))
  and ($2 or s.provider = $3 or ($4::text is not null and (s.bureau is null or s.bureau = $4))) and s.id > $5
order by s.id limit $6
"""
_PROVIDERS = """
select p.id, p.name, p.filings from registry_api.provider p
where ($1::text is null or p.id = $1) and p.id > $2 order by p.id limit $3
"""
ADOPTERS = frozenset({"registrar", "shift_supervisor", "provider_manager"})
Limit = Annotated[int, Query(ge=1, le=500)]
Text100 = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]


class Adopt(BaseModel):
    """A new site's entry, or with `into` the registered site that the line belongs to."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    account_space: str = Field(pattern=r"^[0-9A-Za-z._-]{1,32}$")
    account: str = Field(pattern=r"^[0-9A-Za-z._-]{1,32}$")
    into: str | None = Field(default=None, max_length=40)
    name: str | None = Field(default=None, min_length=1, max_length=200)
    provider: str | None = Field(default=None, max_length=40)
    site_class: SiteClass | None = None
    division: str | None = Field(default=None, pattern=r"^[0-9]{6}([0-9]{6})?$")
    bureau: str | None = Field(default=None, pattern=r"^[0-9]{6,12}$")
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)

    @model_validator(mode="after")
    def _one_of_both(self) -> Adopt:
        entry = (self.name, self.provider, self.site_class, self.division, self.bureau)
        if self.into is None and None in entry:
            raise ValueError("name, provider, site_class, division and bureau are needed, or into")
        if self.into is not None and any(value is not None for value in entry):
            raise ValueError("either into or an entry")
        return self

    def details(self) -> SiteDetails | None:
        """The entry, if it is one."""
        if self.into is not None:
            return None
        return SiteDetails(
            name=self.name or "",
            provider=self.provider or "",
            site_class=self.site_class or "other",
            division=self.division or "",
            bureau=self.bureau or "",
            lon=self.lon,
            lat=self.lat,
        )


def router(pool: asyncpg.Pool, person: Callable[..., Awaitable[Actor]]) -> APIRouter:
    """The routes; `person`: a dependency that gives who asks, or answers 401."""
    routes = APIRouter()
    _add_looks(routes, pool, person)
    _add_adoption(routes, pool, person)
    return routes


def _add_looks(routes: APIRouter, pool: asyncpg.Pool, person: Callable[..., Awaitable[Actor]]) -> None:
    @routes.get("/api/directory")
    async def directory(limit: Limit = 100, after: Text100 = "") -> dict[str, Any]:
        """The providers with their filings."""
        return _page(await pool.fetch(_DIRECTORY, after, limit), limit, "filings")

    @routes.get("/api/registry/sites")
    async def sites(
        q: Text100 = "", limit: Limit = 100, after: Text100 = "", who: Actor = Depends(person)
    ) -> dict[str, Any]:
        """Sites by name, provider or account, in the scope in which this person sees alarms."""
        _may(who, READERS)
        scope = alarm_scope(who)
        asked = (q, scope.everything, scope.provider, scope.bureau, after, limit)
        return _page(await pool.fetch(_SITES, *asked), limit, "lines")

    @routes.get("/api/registry/providers")
    async def providers(
        limit: Limit = 500, after: Text100 = "", who: Actor = Depends(person)
    ) -> dict[str, Any]:
        """The providers; people of a provider see their own."""
        _may(who, READERS)
        return _page(await pool.fetch(_PROVIDERS, who.provider, after, limit), limit, "filings")


def _add_adoption(routes: APIRouter, pool: asyncpg.Pool, person: Callable[..., Awaitable[Actor]]) -> None:
    @routes.post("/api/registry/sites/{shell}/adopt")
    async def adopt(
        shell: Annotated[str, Path(max_length=100, pattern=r"^[^\x00]*$")],
        body: Adopt,
        who: Actor = Depends(person),
    ) -> dict[str, str]:
        """Register the shell site of an unknown account, or say which site it is."""
        _may(who, ADOPTERS)
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


def _may(who: Actor, roles: frozenset[str]) -> None:
    if not roles.intersection(who.roles):
        raise Problem("role.missing", 403, role=", ".join(sorted(roles)))


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


def _page(rows: list[Any], limit: int, nested: str) -> dict[str, Any]:
    items = [{**dict(row), nested: msgspec.json.decode(row[nested])} for row in rows]
    return {"items": items, "next": items[-1]["id"] if len(items) == limit else None}

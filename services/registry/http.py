"""GET /api/directory, open to everybody (LN-2015:18), and GET /api/registry/sites for those who keep it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import APIRouter, Depends, Query

from services.contracts.stored import Actor
from services.runtime import problem
from services.runtime.problem import Problem, Text

READERS = frozenset(
    {"operator", "shift_supervisor", "engineer", "registrar", "provider_manager", "enforcement_officer", "inspector", "auditor"}
)  # fmt: skip

problem.register(
    {
        "role.missing": {
            "zh": Text("您的岗位不能进行此操作", "需要的岗位：{role}。"),
            "en": Text("Your role may not do this", "It takes the role {role}."),
        }
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
  and ($2::text is null or s.provider = $2) and s.id > $3
order by s.id limit $4
"""
Limit = Annotated[int, Query(ge=1, le=500)]
Text100 = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]


def router(pool: asyncpg.Pool, person: Callable[..., Awaitable[Actor]]) -> APIRouter:
    """The routes; `person`: a dependency that gives who asks, or answers 401."""
    routes = APIRouter()

    @routes.get("/api/directory")
    async def directory(limit: Limit = 100, after: Text100 = "") -> dict[str, Any]:
        """The providers with their filings."""
        return _page(await pool.fetch(_DIRECTORY, after, limit), limit, "filings")

    @routes.get("/api/registry/sites")
    async def sites(
        query: Text100 = "",
        limit: Limit = 100,
        after: Text100 = "",
        who: Actor = Depends(person),
    ) -> dict[str, Any]:
        """Sites by name, provider or account; people of a provider see their own."""
        if not READERS.intersection(who.roles):
            raise Problem("role.missing", 403, role="registrar, inspector")
        return _page(await pool.fetch(_SITES, query, who.provider, after, limit), limit, "lines")

    return routes


def _page(rows: list[Any], limit: int, nested: str) -> dict[str, Any]:
    items = [{**dict(row), nested: msgspec.json.decode(row[nested])} for row in rows]
    return {"items": items, "next": items[-1]["id"] if len(items) == limit else None}

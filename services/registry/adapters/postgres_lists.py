"""The register's lists as of now, read from its tables."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec

from services.contracts.stored import Actor
from services.picture.visibility import alarm_scope
from services.registry.domain.bureau import Bureau

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
       or s.id in (select l.site from registry_api.line l where l.account in ($1, upper($1))))
  and ($2 or s.provider = $3 or ($4::text is not null and (s.bureau is null or s.bureau = $4))) and s.id > $5
  and ($7::text is null or s.provider = $7)
order by s.id limit $6
"""
_PROVIDERS = """
select p.id, p.name, p.filings from registry_api.provider p
where ($1::text is null or p.id = $1) and p.id > $2
  and ($4 = '' or position(lower($4) in lower(p.name)) > 0) order by p.id limit $3
"""
_BUREAUS = "select id, name, divisions from registry_api.bureau order by id"


class PostgresLists:
    """Reads only."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool = pool

    async def directory(self, after: str, limit: int) -> list[dict[str, Any]]:
        """The providers that have a filing."""
        return _items(await self._pool.fetch(_DIRECTORY, after, limit))

    async def providers(self, who: Actor, q: str, after: str, limit: int) -> list[dict[str, Any]]:
        """By a part of their name; people of a provider see their own."""
        return _items(await self._pool.fetch(_PROVIDERS, who.provider, after, limit, q))

    async def sites(
        self, who: Actor, q: str, provider: str | None, after: str, limit: int
    ) -> list[dict[str, Any]]:
        """By a part of the name, the provider's name or the account, in the scope in which this person sees alarms."""
        scope = alarm_scope(who)
        asked = (q, scope.everything, scope.provider, scope.bureau, after, limit, provider)
        return _items(await self._pool.fetch(_SITES, *asked))

    async def bureaus(self) -> list[Bureau]:
        """All of them."""
        rows = await self._pool.fetch(_BUREAUS)
        return [Bureau(row["id"], row["name"], tuple(row["divisions"])) for row in rows]

    async def provider_name(self, provider: str) -> str:
        """As it is called now; empty: nobody knows it."""
        return str(
            await self._pool.fetchval("select name from registry.provider where id = $1", provider) or ""
        )

    async def site_names(self, site: str) -> tuple[str, str] | None:
        """Name and provider of a site as of now."""
        row = await self._pool.fetchrow("select name, provider from registry.site where id = $1", site)
        return None if row is None else (row[0], row[1])

    async def person_name(self, person: str) -> str:
        """What a person is called; whoever is no person by the id."""
        found = await self._pool.fetchval(
            "select display_name from identity_api.person where id = $1", person
        )
        return str(found or person)


def _items(rows: list[Any]) -> list[dict[str, Any]]:
    """Rows with their nested lists decoded."""
    nested = ("filings", "lines")
    return [
        {name: msgspec.json.decode(value) if name in nested else value for name, value in dict(row).items()}
        for row in rows
    ]

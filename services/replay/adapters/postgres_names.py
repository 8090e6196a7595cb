"""What the register called sites and providers at an instant, from its history of published events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.picture.names import SiteName

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

_THEN = """
select s.site, s.name, s.lon, s.lat, coalesce(p.name, '') as provider_name, s.provider, s.bureau
from unnest($1::text[]) as asked (site)
cross join lateral (
    select h.* from registry_api.site_history h
    where h.site = asked.site and h.at_us <= $2 order by h.position desc limit 1
) s
left join lateral (
    select h.name from registry_api.provider_history h
    where h.provider = s.provider and h.at_us <= $2 order by h.position desc limit 1
) p on true
"""


class PostgresNames:
    """`NamesThen` on registry_api."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool = pool

    async def names(self, sites: Iterable[str], at: int) -> dict[str, SiteName]:
        """See the port."""
        rows = await self._pool.fetch(_THEN, list(sites), at)
        return {row["site"]: SiteName(*row[1:]) for row in rows}

"""The register as tables: written in the transaction of the events, read by everybody else through views."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
import msgspec

from services.contracts.directory import Line
from services.contracts.registry import (
    BureauSet,
    FilingSet,
    ProviderRegistered,
    ProviderRenamed,
    RegistryEvent,
    SiteCorrected,
    SiteLineAssigned,
    SiteLineReleased,
    SiteRegistered,
)
from services.eventsourcing.event_store import AppendRefused, StoredEvent

_DECODER: msgspec.json.Decoder[RegistryEvent] = msgspec.json.Decoder(RegistryEvent)

_PROVIDER = (
    "insert into registry.provider (id, key, name) select * from unnest($1::text[], $2::text[], $3::text[])"
)
_RENAME = """
update registry.provider p set name = n.name from unnest($1::text[], $2::text[]) as n (id, name) where p.id = n.id
"""
_FILING = """
insert into registry.filing (provider, authority, state, since, reference, division)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
on conflict (provider, authority) do update
set state = excluded.state, since = excluded.since, reference = excluded.reference, division = excluded.division
"""
_SITE = """
insert into registry.site (id, key, name, provider, site_class, division, bureau, lon, lat)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::float8[], $9::float8[])
"""
_CORRECT = """
update registry.site s
set name = n.name, provider = n.provider, site_class = n.site_class, division = n.division,
    bureau = n.bureau, lon = n.lon, lat = n.lat
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[])
    as n (id, name, provider, site_class, division, bureau, lon, lat)
where s.id = n.id
"""
_RELEASE = """
delete from registry.line l using unnest($1::text[], $2::text[], $3::text[]) as gone (account_space, account, site)
where l.account_space = gone.account_space and l.account = gone.account and l.site = gone.site
"""
_BUREAU = """
insert into registry.bureau (id, name, divisions) values ($1, $2, $3)
on conflict (id) do update set name = excluded.name, divisions = excluded.divisions
"""
_LINE = """
insert into registry.line (account_space, account, site)
select distinct said.* from unnest($1::text[], $2::text[], $3::text[]) as said (account_space, account, site)
where not exists (
    select from registry.line as known
    where known.account_space = said.account_space and known.account = said.account and known.site = said.site
)
"""


async def project(connection: Any, stored: Sequence[StoredEvent]) -> None:
    """Write `stored` into the register. Raises `AppendRefused` if a line or key belongs to another."""
    events = [_DECODER.decode(event.body) for event in stored]
    try:
        await _write(connection, events)
    except asyncpg.UniqueViolationError as error:
        raise AppendRefused(f"it collides with what is registered: {error.detail}") from error


async def _write(connection: Any, events: Sequence[RegistryEvent]) -> None:
    registered = [(e.provider, e.key, e.name) for e in events if isinstance(e, ProviderRegistered)]
    await _bulk(connection, _PROVIDER, registered)
    renamed = {e.provider: e.name for e in events if isinstance(e, ProviderRenamed)}
    await _bulk(connection, _RENAME, list(renamed.items()))
    filings = {(e.provider, e.filing.authority): e.filing for e in events if isinstance(e, FilingSet)}
    await _bulk(
        connection,
        _FILING,
        [
            (*key, filing.state, filing.since, filing.reference, filing.division)
            for key, filing in filings.items()
        ],
    )
    await _bulk(connection, _SITE, [_site(e) for e in events if isinstance(e, SiteRegistered)])
    corrected = {e.site: e for e in events if isinstance(e, SiteCorrected)}
    await _bulk(connection, _CORRECT, [_correction(e) for e in corrected.values()])
    await _write_lines(connection, events)
    for bureau in (e for e in events if isinstance(e, BureauSet)):
        await connection.execute(_BUREAU, bureau.bureau, bureau.name, list(bureau.divisions))


async def _write_lines(connection: Any, events: Sequence[RegistryEvent]) -> None:
    """Released ones first: a line that moves is released and assigned in one append."""
    last = {
        (e.account_space, e.account, e.site): e
        for e in events
        if isinstance(e, SiteLineAssigned | SiteLineReleased)
    }
    released = [key for key, event in last.items() if isinstance(event, SiteLineReleased)]
    await _bulk(connection, _RELEASE, released)
    await _bulk(connection, _LINE, [key for key in last if key not in released])


def _site(event: SiteRegistered) -> tuple[object, ...]:
    d = event.details
    return (event.site, event.key, d.name, d.provider, d.site_class, d.division, d.bureau, d.lon, d.lat)


def _correction(event: SiteCorrected) -> tuple[object, ...]:
    d = event.details
    return (event.site, d.name, d.provider, d.site_class, d.division, d.bureau, d.lon, d.lat)


async def _bulk(connection: Any, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """One statement with a column of values for each parameter."""
    if rows:
        await connection.execute(statement, *(list(column) for column in zip(*rows, strict=True)))


class PostgresLineBook:
    """`LineBook` on the register."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def sites_of(self, lines: Iterable[Line]) -> dict[Line, tuple[str, str]]:
        """See the port."""
        asked = list(lines)
        rows = await self._pool.fetch(
            """
            select l.account_space, l.account, s.id, s.key
            from unnest($1::text[], $2::text[]) as asked (account_space, account)
            join registry.line l using (account_space, account)
            join registry.site s on s.id = l.site
            """,
            [line.account_space for line in asked],
            [line.account for line in asked],
        )
        return {Line(account_space=row[0], account=row[1]): (row[2], row[3]) for row in rows}

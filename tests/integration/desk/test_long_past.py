"""What a list or a search reads of the database grows with what it shows, not with the years that are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeAlias

import asyncpg
import pytest
from msgspec.json import encode

from services.desk.adapters.postgres_interruptions import PostgresInterruptions
from services.desk.adapters.postgres_views import PostgresViews
from services.desk.ports import Asked, Page, Within
from services.picture.visibility import Scope
from services.runtime.postgres_pool import open_pool
from services.runtime.settings import Settings
from tests.conftest import made_database, run_apart
from tests.properties.desk.test_one_scope import INTERRUPTED, VIEWS

KEPT = 20_000
SITES = 400
PROVIDERS = 20
SHOWN = 100
READ_AT_MOST = 20 * SHOWN
EVERYBODY = Scope(everything=True)
TABLES = ("alarm", "escalation", "interruption", "maintenance_window")

_SITES = f"""
insert into registry.provider select 'p' || i, 'p' || i, '报警公司' || i from generate_series(0, {PROVIDERS}) i;
insert into registry.site select 's' || i, 's' || i, '商铺' || i || '号', 'p' || i % {PROVIDERS}, 'key_unit', '210102', 'b' || i % 6
from generate_series(0, {SITES - 1}) i
"""
_ALARMS = f"""
insert into desk_2.alarm
select 'a' || i, 0, '0-' || i || '-XY', lpad((i % {SITES})::text, 6, '0'), 's' || i % {SITES},
    case when i < {KEPT} - 50 then 'closed' else 'open' end, i % 4, i, 'p' || i % {PROVIDERS}, 'b' || i % 6, false, $1::jsonb
from generate_series(1, {KEPT}) i
"""
_REPORTS = f"""
insert into desk_2.escalation select 'e' || i, 'a' || i, 'p' || i % {PROVIDERS}, 'b' || i % 6, 'sent', i, false, $1::jsonb
from generate_series(1, {KEPT}) i
"""
_INTERRUPTIONS = f"""
insert into desk_interruption_1.interruption
select 'i' || i, 's' || i % {SITES}, 'p' || i % {PROVIDERS}, 'b' || i % 6,
    case when i % 1000 = 0 then 'lead' else 'notice' end, i % 1000 <> 1, i, false, $1::jsonb
from generate_series(1, {KEPT}) i
"""
_WINDOWS = f"""
insert into desk_interruption_1.maintenance_window
select 'w' || i, 's' || i % {SITES}, 'p' || i % {PROVIDERS}, 'b' || i % 6, i, i, false, $1::jsonb
from generate_series(1, {KEPT}) i
"""
_READ = """
select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_user_tables where relname = any($1)
"""

Ask: TypeAlias = Callable[[PostgresViews, PostgresInterruptions, Scope], Awaitable[Sequence[Any]]]


def alarms(page: Page) -> Ask:
    return lambda views, _, scope: views.alarms(scope, page)


def found(text: str, within: Within = Within()) -> Ask:  # noqa: B008 - frozen
    return lambda views, _, scope: views.found(scope, text, within, SHOWN)


def interruptions(asked: Asked) -> Ask:
    return lambda _, views, scope: views.interruptions(scope, asked)


ASKS: dict[str, Ask] = {
    "open alarms": alarms(Page(state="open")),
    "all alarms": alarms(Page()),
    "closed alarms": alarms(Page(state="closed")),
    "alarms of an account": alarms(Page(account="000017")),
    "alarms of a site": alarms(Page(site="s17")),
    "alarms of a provider": alarms(Page(provider="p7")),
    "alarms of a provider that has none": alarms(Page(provider=f"p{PROVIDERS}")),
    "alarms of a day long ago": alarms(Page(within=Within(5_000, 5_050))),
    "an account": found("000017"),
    "how accounts begin": found("0000"),
    "a number": found("0-4711-XY"),
    "a site's name": found("商铺217号"),
    "a name that many sites have": found("商铺"),
    "a provider's name": found("报警公司7"),
    "what is nowhere": found("nothing like it"),
    "a time long ago": found("", Within(5_000, 5_050)),
    "reports": lambda views, _, scope: views.escalations(scope, Page()),
    "interruptions": interruptions(Asked()),
    "leads": interruptions(Asked(finding="lead")),
    "what settles": interruptions(Asked(finding="settling")),
    "what goes on": interruptions(Asked(restored=False)),
    "interruptions of a site": interruptions(Asked(site="s17")),
    "windows": lambda _, views, scope: views.windows(scope, Asked()),
}
SCOPES = {
    "everybody's": EVERYBODY,
    "a provider's": Scope(provider="p7"),
    "those of a provider that has none": Scope(provider=f"p{PROVIDERS}"),
    "nobody's": Scope(),
}


async def fill(dsn: str) -> None:
    """Sites, and years of what happened at them."""
    alarm, report = next(iter(VIEWS.alarms.values())), next(iter(VIEWS.reports.values())).view
    interruption, window = (
        next(iter(INTERRUPTED.interruptions.values())),
        next(iter(INTERRUPTED.windows.values())),
    )
    connection = await asyncpg.connect(dsn)
    await connection.execute(_SITES)
    for rows, view in (
        (_ALARMS, alarm),
        (_REPORTS, report),
        (_INTERRUPTIONS, interruption),
        (_WINDOWS, window),
    ):
        await connection.execute(rows, encode(view).decode())
    await connection.execute("vacuum analyze")
    await connection.close()


@pytest.fixture(scope="module")
def long_past(postgres: str, tables: str) -> Iterator[str]:
    """DSN of a database of this module's own."""
    with made_database(postgres, tables) as dsn:
        run_apart(fill(dsn))
        yield dsn


@pytest.fixture
async def pool(long_past: str) -> AsyncIterator[asyncpg.Pool]:
    """One connection, as the web has them."""
    async with await open_pool(Settings(postgres=long_past), 1) as opened:
        yield opened


async def rows_read(pool: asyncpg.Pool) -> int:
    """Of the tables that grow with the years, since they were made."""
    await pool.execute("select pg_stat_force_next_flush()")
    return int(await pool.fetchval(_READ, list(TABLES)))


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
async def test_what_is_read_does_not_grow_with_what_is_kept(pool: asyncpg.Pool, ask: Ask) -> None:
    read = {}
    for name, scope in SCOPES.items():
        before = await rows_read(pool)
        shown = await ask(PostgresViews(pool), PostgresInterruptions(pool), scope)
        assert len(shown) <= SHOWN
        read[name] = await rows_read(pool) - before
    assert not {name: rows for name, rows in read.items() if rows > READ_AT_MOST}

"""The accounting by line adds up whatever was counted, and shows the lines that the one rule of scope shows."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple, TypeAlias

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.stored import Actor
from services.desk.adapters.postgres_counts import PostgresCounts
from services.desk.domain.line_accounting import MINUTE_US, Counts, Span
from services.picture.names import SiteName
from services.picture.visibility import Scope, alarm_scope
from tests.conftest import run_apart
from tests.properties.desk.test_one_scope import PEOPLE, PLACES
from tests.the_register import line, site

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NOON = 720 * MINUTE_US
DUE = 1_000
EVERYTHING = Actor(id="x", roles=("auditor",))
OWNERS = [*itertools.product(PLACES[1:], PLACES[1:]), (None, None)]
MINUTES, SITES, PROVIDERS = 30, ("s0", "s1"), ("p0", "p1")


History: TypeAlias = dict[int, "str | tuple[str, str] | None"]


class Cell(NamedTuple):
    """What one run counted of a line in a minute, and what the record says of it."""

    ended: bool
    kept: int
    refused: int
    in_flight: int
    recorded: int
    changed_at: int


CELLS = st.lists(
    st.builds(Cell, st.booleans(), *[st.integers(0, 3)] * 4, st.sampled_from([DUE - 1, DUE, DUE + 1])),
    min_size=1,
    max_size=8,
)
TAGS = itertools.count()
# In a minute: the line is assigned to a site, released (None), or a site goes to a provider.
HISTORIES = st.dictionaries(
    st.integers(1, MINUTES - 1),
    st.one_of(
        st.none(), st.sampled_from(SITES), st.tuples(st.sampled_from(SITES), st.sampled_from(PROVIDERS))
    ),
    max_size=8,
)


async def lines_of_everybody(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    for number, (provider, bureau) in enumerate(OWNERS):
        if provider is not None and bureau is not None:
            await site(connection, str(number), str(number), (provider, bureau))
            await line(connection, f"d/{number}", "assigned", str(number))
        await put(
            connection,
            f"d/{number}",
            Cell(ended=False, kept=1, refused=0, in_flight=0, recorded=1, changed_at=0),
            f"run-{number}",
        )
    await connection.close()


async def put(connection: asyncpg.Connection[asyncpg.Record], of: str, cell: Cell, run: str) -> None:
    received, reasons = cell.kept + cell.refused + cell.in_flight, f'{{"crc": {cell.refused}}}'
    await connection.execute("insert into desk_accounting_1.run values ($1, 0, $2)", run, cell.ended)
    await connection.execute(
        "insert into desk_accounting_1.socket values ($1, $2, $3, $4, $5, $6, $7, $8)",
        *(run, of, NOON, received, cell.kept, cell.refused, reasons, cell.changed_at),
    )
    if cell.recorded:
        await connection.execute(
            "insert into desk_accounting_1.recorded values ($1, $2, $3, 0, $4, 0, 0, 0, '{7}')",
            *(run, of, NOON, cell.recorded),
        )


@pytest.fixture
def rows(database: str) -> str:
    run_apart(lines_of_everybody(database))
    return database


@SLOW
@given(person=PEOPLE)
async def test_the_lines_shown_are_those_that_are_visible(rows: str, person: Actor) -> None:
    scope = alarm_scope(person)
    async with asyncpg.create_pool(rows, min_size=1, max_size=1) as pool:
        counts = PostgresCounts(pool)
        shown = await counts.lines(scope, Span(NOON, NOON + MINUTE_US), DUE, 100, 0)
        days = await counts.days(scope, Span(NOON, NOON + MINUTE_US), DUE)
        places = {number for number in range(len(OWNERS)) if await counts.places(scope, f"d/{number}", NOON)}
    visible = {
        number
        for number, (provider, bureau) in enumerate(OWNERS)
        if scope.holds(SiteName("", None, None, "", provider, bureau))
    }
    assert {one.key for one in shown} == {f"d/{number}" for number in visible}
    assert sum(one.counts.received for one in days) == len(visible)
    assert places == visible


@SLOW
@given(cells=CELLS)
async def test_it_adds_up_and_only_what_was_kept_and_had_its_time_is_missing(
    rows: str, cells: list[Cell]
) -> None:
    async with asyncpg.create_pool(rows, min_size=1, max_size=1) as pool, pool.acquire() as connection:
        await connection.execute(
            "truncate desk_accounting_1.socket, desk_accounting_1.recorded, desk_accounting_1.run"
        )
        for number, cell in enumerate(cells):
            await put(connection, f"line/{number}", cell, f"run-{number}")
        counts = PostgresCounts(pool)
        counts._pool = connection  # one connection is enough here
        shown = await counts.lines(alarm_scope(EVERYTHING), Span(NOON, NOON + 1), DUE, 100, 0)
        by_minute = await counts.minutes(alarm_scope(EVERYTHING), Span(NOON, NOON + 1), DUE)
    assert len(shown) == len(cells)
    for one in shown:
        adds_up(one.counts)
        judged(cells[int(one.key.removeprefix("line/"))], one.counts)
    assert by_minute[0].counts.missing == sum(one.counts.missing for one in shown)
    adds_up(by_minute[0].counts)


@SLOW
@given(history=HISTORIES)
async def test_each_minute_is_of_whom_the_line_was_when_it_began(rows: str, history: History) -> None:
    tag = next(TAGS)
    name = f"d/moving-{tag}"
    async with asyncpg.create_pool(rows, min_size=1, max_size=1) as pool:
        async with pool.acquire() as connection:
            await tell(connection, tag, name, history)
        counts = PostgresCounts(pool)
        seen = {
            provider: await counts.minutes(Scope(provider=provider), Span(0, MINUTES * MINUTE_US, name), DUE)
            for provider in PROVIDERS
        }
        everybody = await counts.minutes(Scope(everything=True), Span(0, MINUTES * MINUTE_US, name), DUE)
    assert [one.counts.recorded for one in everybody] == [1] * MINUTES
    for provider, found in seen.items():
        theirs = {minute for minute, owner in enumerate(owners(history)) if owner == provider}
        assert {int(one.key) // MINUTE_US for one in found} == theirs


async def tell(connection: Any, tag: int, name: str, history: History) -> None:
    """Say the history of this line and of sites of its own; in each minute one signal comes in."""
    for one in SITES:
        await site(connection, f"{one}-{tag}", one, (PROVIDERS[0], "b0"))
    now: str | None = None
    for minute, what in sorted(history.items()):
        at = minute * MINUTE_US
        if isinstance(what, tuple):
            await site(connection, f"{what[0]}-{tag}", what[0], (what[1], "b0"), at)
            continue
        released = [("released", now)] if now is not None and what != now else []
        assigned = [("assigned", what)] if what is not None else []
        both = released + assigned if minute % 2 else assigned + released  # of two sites, in one append
        for kind, which in both:
            await line(connection, name, kind, f"{which}-{tag}", at)
        now = what
    await connection.executemany(
        "insert into desk_accounting_1.recorded values ('run-0', $1, $2, 0, 1, 0, 0, 0, '{7}')",
        [(name, minute * MINUTE_US) for minute in range(MINUTES)],
    )


def owners(history: History) -> list[str | None]:
    """Whose the line was in each minute, as one would say who reads the history aloud."""
    said = sorted(history.items())
    assigned = [minute for minute, what in said if isinstance(what, str)]
    found: list[str | None] = []
    for minute in range(MINUTES):
        told = [(at, what) for at, what in said if at <= max([minute, *assigned[:1]])]
        where = next((what for _, what in reversed(told) if not isinstance(what, tuple)), None)
        of = [what[1] for at, what in said if at <= minute and isinstance(what, tuple) and what[0] == where]
        found.append(None if where is None else [PROVIDERS[0], *of][-1])
    return found


def adds_up(one: Counts) -> None:
    assert one.received == one.recorded + one.refused + one.under_way + one.missing
    assert one.recorded == one.surfaced + one.logged + one.suppressed + one.retransmit


def judged(cell: Cell, one: Counts) -> None:
    """What a person would say of one cell."""
    due = cell.changed_at <= DUE
    owed = cell.kept if cell.ended else cell.kept + cell.in_flight
    away = max(0, owed - cell.recorded)
    assert (one.missing, one.under_way) == ((away, 0) if due else (0, away))
    assert one.only_recorded == max(0, cell.recorded - cell.kept - cell.in_flight)

"""A line that moved to somebody else's site: each sees what came in while it was theirs, and nothing of the other's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.desk.adapters.postgres_counts import PostgresCounts
from services.desk.domain.line_accounting import MINUTE_US, Span, Total
from services.picture.visibility import Scope
from services.runtime.postgres_pool import open_pool
from services.runtime.settings import Settings
from tests.the_register import line, site

LINE = "default/101"
WHOLE = Span(0, 100 * MINUTE_US)
ALL, P1, P2 = Scope(everything=True), Scope(provider="p1"), Scope(provider="p2")
ITS_BUREAU = Scope(bureau="b2")
RELEASED_IN, ASSIGNED_IN, HANDED_OVER_IN = 10, 20, 40  # minutes
_SOCKET = """
insert into desk_accounting_1.socket values ('run', $1, $2, 3, 2, 1, '{"unauthorized": 1}', 0)
"""
_RECORDED = "insert into desk_accounting_1.recorded values ('run', $1, $2, 0, 2, 0, 0, 0, array[$3::bigint])"


async def come_in(connection: asyncpg.Connection, minute: int, name: str = LINE) -> None:
    """Two signals that are recorded, and one that is refused."""
    await connection.execute(_SOCKET, name, minute * MINUTE_US)
    await connection.execute(_RECORDED, name, minute * MINUTE_US, minute)


@pytest.fixture
async def counts(database: str) -> AsyncIterator[PostgresCounts]:
    """101 was of p1's first site, of nobody, of p2's site, which p1 had later; in every fifth minute something comes in."""
    connection = await asyncpg.connect(database)
    await site(connection, "one", "一号店", ("p1", "b1"))
    await site(connection, "two", "二号店", ("p2", "b2"))
    await line(connection, LINE, "assigned", "one", 3 * MINUTE_US)
    await line(connection, LINE, "assigned", "one", 7 * MINUTE_US)  # with another key
    await line(connection, LINE, "released", "one", RELEASED_IN * MINUTE_US)
    await line(connection, LINE, "assigned", "two", ASSIGNED_IN * MINUTE_US)
    await site(connection, "two", "二号店", ("p1", "b2"), at=HANDED_OVER_IN * MINUTE_US)
    for minute in range(0, 60, 5):
        await come_in(connection, minute)
    await come_in(connection, 0, "default/999")  # nobody registered it
    await connection.close()
    async with await open_pool(Settings(postgres=database), 1) as pool:
        yield PostgresCounts(pool)


async def minutes(counts: PostgresCounts, scope: Scope) -> set[int]:
    return {int(one.key) // MINUTE_US for one in await counts.minutes(scope, WHOLE, 0)}


async def test_a_minute_is_seen_by_whom_the_line_was_then(counts: PostgresCounts) -> None:
    assert await minutes(counts, P1) == {0, 5} | set(range(40, 60, 5))
    assert await minutes(counts, P2) == {20, 25, 30, 35}
    assert await minutes(counts, ALL) == set(range(0, 60, 5))
    and_what_is_nobodys = {0} | set(range(10, 60, 5))
    assert await minutes(counts, ITS_BUREAU) == and_what_is_nobodys


async def test_its_signals_and_what_was_refused_lead_no_further(counts: PostgresCounts) -> None:
    for minute in range(0, 60, 5):
        begin = minute * MINUTE_US
        is_of_p1 = minute in {0, 5} or minute >= HANDED_OVER_IN
        is_of_p2 = ASSIGNED_IN <= minute < HANDED_OVER_IN
        assert bool(await counts.places(P1, LINE, begin)) == is_of_p1
        assert bool(await counts.places(P2, LINE, begin)) == is_of_p2
        assert await counts.places(ALL, LINE, begin) == [(0, minute)]
    assert await counts.reasons(P2, WHOLE) == {"unauthorized": 4}
    assert await counts.reasons(P1, WHOLE) == {"unauthorized": 6}


async def test_every_signal_is_counted_once_and_the_line_named_by_whose_it_was_last(
    counts: PostgresCounts,
) -> None:
    assert await named(counts, ALL) == {LINE: ("two", 36), "default/999": (None, 3)}
    assert await named(counts, P1) == {LINE: ("two", 18)}
    assert await named(counts, P2) == {LINE: ("two", 12)}
    first = Span(0, RELEASED_IN * MINUTE_US)
    assert await named(counts, P1, first) == {LINE: ("one", 6)}
    assert await named(counts, P2, first) == {}
    days = await counts.days(P2, WHOLE, 0)
    assert [one.counts.received for one in days] == [12]


async def named(
    counts: PostgresCounts, scope: Scope, span: Span = WHOLE
) -> dict[str, tuple[str | None, int]]:
    found: list[Total] = list(await counts.lines(scope, span, 0, 10, 0))
    return {one.key: (one.site, one.counts.received) for one in found}

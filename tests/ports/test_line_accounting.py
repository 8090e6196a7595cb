"""Whoever keeps the counts by line and minute: those of the receivers as whole counts, the record's each decision once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from services.contracts.alarm import SignalRecorded
from services.contracts.envelope import Accepted, Decision, Source
from services.contracts.stored import SignalId
from services.desk.adapters.memory_line_accounting import MemoryAccounts, MemoryLineAccounting
from services.desk.adapters.postgres_line_accounting import PostgresLineAccounting
from services.desk.domain.line_accounting import MINUTE_US, LineMinute, LinesRead
from services.desk.domain.reading_place import Place
from services.runtime.counting import Counted

Accounting = MemoryLineAccounting | PostgresLineAccounting
RUN, LATER = "0190-a", "0190-b"
LINE = "a/1"
NOW = 1_800_000_000_000_000
MINUTE = NOW // MINUTE_US * MINUTE_US


class Kept:
    """What an accounting keeps, and a look at it."""

    def __init__(self, again: Callable[[], Accounting], recorded: Callable[[], Awaitable[int]]) -> None:
        """`again`: the same, as another process opens it; `recorded`: signals of the record."""
        self.again, self.recorded = again, recorded


@pytest.fixture(params=["memory", "postgres"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    if request.param == "memory":
        accounts = MemoryAccounts()

        async def counted() -> int:
            return sum(cell.outcomes.total() for cell in accounts.recorded.values())

        yield Kept(lambda: MemoryLineAccounting(accounts), counted)
        return
    dsn = request.getfixturevalue("database")
    connection = await asyncpg.connect(dsn)

    async def summed() -> int:
        found = await connection.fetchval("select sum(surfaced) from desk_accounting_1.recorded")
        return int(found or 0)

    yield Kept(lambda: PostgresLineAccounting(connection), summed)
    await connection.close()


def read(run: str, *numbers: int) -> LinesRead:
    """So many changes of the minutes that follow each other."""
    return LinesRead(
        run, tuple(LineMinute(LINE, MINUTE + at * MINUTE_US, 1, 1, {}, one) for at, one in enumerate(numbers))
    )


def decided(offset: int) -> Counted:
    signal = SignalId(run=RUN, line=LINE, counter=offset)
    event = SignalRecorded(signal=signal, outcome="surfaced", code="130", received_at=NOW)
    decision = Decision(
        lies_at=offset,
        prev=b"p" * 16,
        time=NOW,
        code="1.0",
        subject="site",
        source=Source(offset=offset, hash=b"s" * 16),
        id=f"{RUN}/{LINE}/{offset}",
        answer=Accepted(),
        events=(event,),
    )
    return Counted(3, offset, b"", decision, b"h" * 16)


async def test_who_never_read_begins_at_the_beginning(kept: Kept) -> None:
    one = kept.again()
    assert (await one.newest_run(), await one.doubted(), await one.begin()) == (("", 0), None, {})


async def test_the_newest_run_goes_on_behind_its_last_change_and_all_others_are_over(kept: Kept) -> None:
    one = kept.again()
    await one.write_sockets(read(RUN, 3, 9), NOW)
    await one.write_sockets(read(RUN, 4), NOW)
    assert await kept.again().newest_run() == (RUN, 9)
    await one.write_sockets(read(LATER), NOW)
    assert await kept.again().newest_run() == (LATER, 0)


async def test_since_when_nobody_knows_is_of_the_run_that_goes_on(kept: Kept) -> None:
    one = kept.again()
    await one.write_sockets(read(RUN, 1), NOW)
    await one.doubt(NOW)
    assert await kept.again().doubted() == NOW
    await one.write_sockets(read(LATER, 1), NOW)
    assert await kept.again().doubted() is None
    await one.doubt(NOW + 1)
    await one.doubt(None)
    assert await kept.again().doubted() is None


async def test_the_records_side_is_counted_with_its_place(kept: Kept) -> None:
    one = kept.again()
    places = {3: Place(3)}
    await one.take([decided(5), decided(6)], places)
    await one.take([decided(7)], places)
    assert await kept.recorded() == 3
    found = await kept.again().begin()
    assert {at: (place.offset, place.head) for at, place in found.items()} == {3: (7, b"h" * 16)}

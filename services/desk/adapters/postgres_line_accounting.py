"""Schema desk_accounting_1: one writer, which holds an advisory lock, and any number of readers.

The record's side moves with its position in one transaction: exactly once, and rebuildable from nothing. The
sockets' side is written as whole counts: writing one twice does no harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.desk.domain.line_accounting import CellKey, Recorded, count
from services.desk.domain.reading_place import Place, moved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import asyncpg

    from services.desk.domain.line_accounting import LinesRead
    from services.runtime.counting import Counted

_SOCKET = """
insert into desk_accounting_1.socket (run, line, minute, received, kept, refused, reasons, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (minute, line, run) do update set received = excluded.received, kept = excluded.kept,
    refused = excluded.refused, reasons = excluded.reasons, changed_at = excluded.changed_at
"""
_RUN = """
insert into desk_accounting_1.run (run, number) values ($1, $2)
on conflict (run) do update set number = greatest(run.number, excluded.number), ended = false
"""
_RECORDED = """
insert into desk_accounting_1.recorded as now
    (run, line, minute, partition, surfaced, logged, suppressed, retransmit, offsets)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (minute, line, run, partition) do update set surfaced = now.surfaced + excluded.surfaced,
    logged = now.logged + excluded.logged, suppressed = now.suppressed + excluded.suppressed,
    retransmit = now.retransmit + excluded.retransmit, offsets = now.offsets || excluded.offsets
"""
_POSITION = """
insert into desk_accounting_1.position (partition, "offset", head, decided_at) values ($1, $2, $3, $4)
on conflict (partition) do update
set "offset" = excluded."offset", head = excluded.head, decided_at = excluded.decided_at
"""
_UNSURE = "select min(unsure_since) from desk_accounting_1.run where not ended"


class PostgresLineAccounting:
    """The one writer. For the record's side it holds the lock (`book_reader`)."""

    name = "accounting"
    lock = 7_311_102

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """`connection`: its own, not from a pool."""
        self._connection = connection

    async def begin(self) -> Mapping[int, Place]:
        """See `Book`."""
        rows = await self._connection.fetch(
            'select partition, "offset", head, decided_at from desk_accounting_1.position'
        )
        return {row[0]: Place(row[0], row[1], row[2], decided_at=row[3]) for row in rows}

    async def take(self, batch: Sequence[Counted], places: Mapping[int, Place]) -> None:
        """See `Book`. A minute's counts are added to, so they go with the position in one transaction."""
        cells: dict[CellKey, Recorded] = {}
        for one in batch:
            count(cells, one.partition, one.offset, one.decision)
            places[one.partition].move(one.offset, one.head, one.decision)
        gone = [(at.partition, at.offset, at.head, at.decided_at) for at in moved(places, batch)]
        async with self._connection.transaction():
            await self._connection.executemany(_RECORDED, [_recorded(*cell) for cell in cells.items()])
            await self._connection.executemany(_POSITION, gone)

    async def newest_run(self) -> tuple[str, int]:
        """The run that was read last and how far; an empty name: none."""
        row = await self._connection.fetchrow(
            "select run, number from desk_accounting_1.run where not ended order by run desc limit 1"
        )
        return ("", 0) if row is None else (row["run"], row["number"])

    async def doubt(self, since: int | None) -> None:
        """Since when it is not known what the receivers hold; None: they hold nothing back."""
        await self._connection.execute(
            "update desk_accounting_1.run set unsure_since = $1 where not ended", since
        )

    async def doubted(self) -> int | None:
        """The same as it was left."""
        since: int | None = await self._connection.fetchval(_UNSURE)
        return since

    async def write_sockets(self, read: LinesRead, now: int) -> None:
        """What the receivers counted; every other run is over."""
        number = max((one.number for one in read.lines), default=0)
        rows = [
            (read.run, one.line, one.minute, one.received, one.kept, sum(one.refused.values()),
             msgspec.json.encode(one.refused).decode(), now)
            for one in read.lines
        ]  # fmt: skip
        async with self._connection.transaction():
            await self._connection.executemany(_SOCKET, rows)
            await self._connection.execute(_RUN, read.run, number)
            await self._connection.execute(
                "update desk_accounting_1.run set ended = true where run <> $1 and not ended", read.run
            )


def _recorded(key: CellKey, cell: Recorded) -> tuple[object, ...]:
    by = cell.outcomes
    outcomes = (by["surfaced"], by["logged"], by["suppressed"], by["retransmit"])
    return (key.run, key.line, key.minute, key.partition, *outcomes, cell.offsets)

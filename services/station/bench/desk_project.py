"""`desk.project`: rows a second that the projector writes, beside bare COPY of the same rows.

Both write the same batches to the same server, one transaction a batch. The bare tables have no index and no key,
and nobody asks which view of an alarm is the newest.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from services.alarm_router.bootstrap import code_version, genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts.codec import digest, encode
from services.desk.adapters.postgres_projection import PostgresProjection, Rows, load_board
from services.desk.domain.reading_place import Place
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.runtime.clock import now_us
from services.runtime.counting import Counted
from services.station.bench.broker import Bench
from services.station.bench.database import a_database
from services.station.bench.figure import Figure
from services.station.bench.running import LOG_ID
from services.station.bench.workload import Workload
from services.station.errors import StationError

DECISIONS = 40_000
BATCH = 1_000
TABLES = ("alarm", "escalation", "alarm_event", "ticket")


class Written(msgspec.Struct):
    """What the batches came to, as rows by table, one entry a batch."""

    batches: list[dict[str, list[tuple[Any, ...]]]] = []

    @property
    def rows(self) -> int:
        """All rows of all batches."""
        return sum(len(rows) for batch in self.batches for rows in batch.values())


class Recording(PostgresProjection):
    """The projector's own writer, which also keeps what it copied."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], written: Written) -> None:
        super().__init__(connection)
        self._written = written

    async def write(self, rows: Rows, places: Any) -> None:
        """See the writer."""
        self._written.batches.append({})
        await super().write(rows, places)

    async def _copy(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        name = table.replace('"', "").rpartition(".")[2].removeprefix("new_")
        self._written.batches[-1][name] = list(rows)
        await super()._copy(table, rows)


async def desk_project(bench: Bench) -> list[Figure]:
    """One figure."""
    counted = past(DECISIONS // 10 if bench.quick else DECISIONS)
    async with a_database(bench, "project") as settings:
        connection = await asyncpg.connect(settings.postgres)
        try:
            written = Written()
            seconds, cpu = await _project(connection, counted, written)
            bare = await _bare(connection, written)
            lying = await _lying(connection, counted, written)
        finally:
            await connection.close()
    return [
        Figure(
            "desk.project",
            written.rows / seconds,
            "rows/s",
            "bare COPY of the same rows",
            written.rows / bare,
            cpu / written.rows * 1e6,
            done=lying,
        )
    ]


def past(count: int) -> list[Counted]:
    """Counting decisions of one partition, decided in memory."""
    owned: Partition[State] = Partition(AlarmRouter(), 0, code_version())
    at = now_us() - count * 25_000
    begun = genesis(0, LOG_ID, at, code_version())
    chain = Chain()
    values = [encode(begun)]
    owned.fold(Record(0, at, values[0]))
    workload = Workload(0, LOG_ID)
    inbox = workload.directory(at)
    inbox += [workload.next(at + i * 25_000) for i in range(count - len(inbox))]
    for source, value in enumerate(inbox):
        decided = owned.decide(Record(source, at + source * 25_000, value))
        if decided is not None:
            values.append(decided)
    counted = []
    for offset, value in enumerate(values):
        decision = chain.take(Record(offset, 0, value))
        assert decision is not None
        counted.append(Counted(0, offset, value, decision, digest(value)))
    return counted


async def _project(
    connection: asyncpg.Connection[asyncpg.Record], past: Sequence[Counted], written: Written
) -> tuple[float, float]:
    projection = Recording(connection, written)
    await projection.begin()
    views, place = (await load_board(connection)).views, Place(0)
    began, cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(past), BATCH):
        rows = Rows()
        for counted in past[first : first + BATCH]:
            rows.add(views, place, counted)
        await projection.write(rows, [place])
    return time.perf_counter() - began, time.process_time() - cpu


async def _lying(
    connection: asyncpg.Connection[asyncpg.Record], past: Sequence[Counted], written: Written
) -> int:
    """How many rows lie in the bare tables. Raises `StationError` where those, or the projector's, lack any."""
    events = sum(len(batch.get("alarm_event", ())) for batch in written.batches)
    reached = await connection.fetchrow(
        'select "offset", (select count(*) from desk_2.alarm_event) from desk_2.position'
    )
    bare: int = sum(
        [await connection.fetchval(f"select count(*) from public.bare_{table}") for table in TABLES]  # noqa: S608 - names of ours
    )
    if reached is None or (*reached, bare) != (past[-1].offset, events, written.rows):
        raise StationError(f"no figure, {written.rows} rows were written, {bare} lie there, and {reached}")
    return bare


async def _bare(connection: asyncpg.Connection[asyncpg.Record], written: Written) -> float:
    for table in TABLES:
        await connection.execute(f"create table public.bare_{table} as table desk_2.{table} with no data")
    began = time.perf_counter()
    for batch in written.batches:
        async with connection.transaction():
            for table, rows in batch.items():
                await connection.copy_records_to_table(f"bare_{table}", schema_name="public", records=rows)
    return time.perf_counter() - began

"""PostgreSQL's part of a copy: what nothing else can build again, by COPY, as of one instant.

Left out are the read models, snapshots and places of readers, which the record builds again, and sessions: after a
restore everybody logs in anew, since who logged out behind the copy must not be logged in again.
"""

from __future__ import annotations

import gzip
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

from services.registry.relay_worker import READER as RELAY
from services.station.copies.files import NewFile
from services.station.copies.manifest import Place, TablePart, table_file
from services.station.errors import StationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import asyncpg

    from services.eventsourcing.counting import Chain

REBUILT_SCHEMAS = frozenset({"desk_2", "desk_interruption_1"})
READ_AGAIN = frozenset(
    {
        "alarm_router.snapshot",
        "alarm_router.snapshot_part",
        "desk_accounting_1.position",
        "desk_accounting_1.recorded",
        "registry.relay",
    }
)
REBUILT = READ_AGAIN | {
    "identity.login_attempt",
    "identity.session",
    "jiejing.migration",
    "jiejing.reading_place",
}
_COLUMNS = """
select n.nspname as schema, c.relname as name,
    array_agg(a.attname::text order by a.attnum) filter (where a.attgenerated = '') as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
group by 1, 2 order by 1, 2
"""
_REFERENCES = """
select conrelid::regclass::text as referring, confrelid::regclass::text as to
from pg_constraint where contype = 'f' and conrelid <> confrelid
"""
_NUMBERED = """
select format('select setval(pg_get_serial_sequence(%L, %L), max(%I)) from %I.%I having max(%I) is not null',
    format('%I.%I', n.nspname, c.relname), a.attname, a.attname, n.nspname, c.relname, a.attname)
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where a.attidentity <> '' and c.relkind = 'r' and n.nspname !~ '^pg_'
"""
_PLACES = 'select reader, partition, "offset", head from jiejing.reading_place where reader <> $1'
_SCHEMAS = """
select nspname::text from pg_namespace
where nspname !~ '^pg_' and nspname not in ('information_schema', 'public') order by 1
"""


class Table(NamedTuple):
    """A table that is copied."""

    schema: str
    name: str
    columns: Sequence[str]

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


async def copied_tables(connection: asyncpg.Connection[asyncpg.Record]) -> list[Table]:
    """What is copied of this database, each table behind those that it refers to."""
    found = {str(one): one for row in await connection.fetch(_COLUMNS) if _is_copied(one := Table(*row))}
    order = TopologicalSorter[str](dict.fromkeys(found, ()))
    for row in await connection.fetch(_REFERENCES):
        if row["referring"] in found and row["to"] in found:
            order.add(row["referring"], row["to"])
    return [found[name] for name in order.static_order()]


async def read_again(connection: asyncpg.Connection[asyncpg.Record], ends: Mapping[int, Chain]) -> None:
    """Empty what is built of the record, which is then read from its beginning, all or nothing.

    `ends`: partitions whose record ends earlier than it did; who acts outside goes on there. What they did is done.
    """
    tables = [str(one) for row in await connection.fetch(_COLUMNS) if _is_read_again(one := Table(*row))]
    async with connection.transaction():
        await connection.execute(f"truncate {', '.join(tables)}")
        await connection.execute("delete from jiejing.reading_place where reader = $1", RELAY)
        await connection.executemany(
            'update jiejing.reading_place set "offset" = $2, head = $3 where partition = $1 and "offset" > $2',
            [(partition, end.offset, end.head) for partition, end in ends.items()],
        )


def _is_read_again(table: Table) -> bool:
    return table.schema in REBUILT_SCHEMAS or str(table) in READ_AGAIN


def _is_copied(table: Table) -> bool:
    return table.schema not in REBUILT_SCHEMAS and str(table) not in REBUILT


async def places_of(connection: asyncpg.Connection[asyncpg.Record]) -> tuple[Place, ...]:
    """How far the processes have acted that act outside; what the relay knows is built again from the record."""
    return tuple(
        Place(reader=row["reader"], partition=row["partition"], offset=row["offset"], head=row["head"].hex())
        for row in await connection.fetch(_PLACES, RELAY)
    )


async def copy_table(connection: asyncpg.Connection[asyncpg.Record], table: Table, folder: Path) -> TablePart:
    """Write one table into a file of the copy."""
    name = table_file(str(table))
    with NewFile(folder / name) as file:

        async def add(content: bytes) -> None:
            file.add(content)

        said = await connection.copy_from_table(
            table.name, schema_name=table.schema, columns=table.columns, output=add
        )
    rows = int(said.rpartition(" ")[2])
    return TablePart(table=str(table), columns=tuple(table.columns), file=name, rows=rows, sha256=file.sha256)


async def check_empty(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Raise `StationError` where anybody keeps anything."""
    schemas = [row[0] for row in await connection.fetch(_SCHEMAS)]
    if schemas:
        raise StationError(
            f"the database is not empty (it has the schema {schemas[0]}): restore into one of its own"
        )


async def fill(
    connection: asyncpg.Connection[asyncpg.Record],
    folder: Path,
    parts: Iterable[TablePart],
    places: Iterable[Place],
) -> None:
    """Put everything back, all or nothing, into tables as they were. Raises `StationError`."""
    async with connection.transaction():
        for part in parts:
            schema, _, name = part.table.partition(".")
            with gzip.open(folder / part.file, "rb") as file:
                said = await connection.copy_to_table(
                    name, schema_name=schema, columns=part.columns, source=file
                )
            if int(said.rpartition(" ")[2]) != part.rows:
                raise StationError(f"{folder / part.file} has other rows than the manifest says")
        for (statement,) in await connection.fetch(_NUMBERED):
            await connection.execute(statement)
        await connection.executemany(
            "insert into jiejing.reading_place values ($1, $2, $3, $4)",
            [(one.reader, one.partition, one.offset, bytes.fromhex(one.head)) for one in places],
        )

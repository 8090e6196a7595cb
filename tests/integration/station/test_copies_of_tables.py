"""What of PostgreSQL is copied, and that it comes back as it was. Real PostgreSQL."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from services.eventsourcing.counting import Chain
from services.runtime.settings import Settings
from services.station.copies import backup as copying
from services.station.copies.backup import Progress
from services.station.copies.manifest import Manifest
from services.station.copies.tables import (
    REBUILT,
    REBUILT_SCHEMAS,
    check_empty,
    copied_tables,
    copy_table,
    fill,
    places_of,
    read_again,
)
from services.station.errors import StationError
from tests.conftest import made_database

_PLACES = """
select table_schema || '.' || table_name as table from information_schema.columns
where column_name in ('partition', 'offset', 'head') group by 1 having count(*) = 3
"""


async def test_no_reader_s_place_is_copied_so_what_is_read_is_read_again(database: str) -> None:
    """A new table that keeps how far it has read must be left out too, or it would go on behind the copy's end."""
    connection = await asyncpg.connect(database)
    try:
        keeping = {row["table"] for row in await connection.fetch(_PLACES)}
        assert keeping
        schemas = {name.partition(".")[0] for name in keeping if name.endswith(".position")}
        read_models = schemas - {"desk_accounting_1"}  # the sockets' counts can be made by nothing else
        copied = {str(one) for one in await copied_tables(connection)}
        assert not keeping & copied
        assert read_models == REBUILT_SCHEMAS
        for name in REBUILT:
            assert await connection.fetchval("select to_regclass($1)", name) is not None, name
    finally:
        await connection.close()


@pytest.fixture
def other_database(postgres: str, tables: str) -> Iterator[str]:
    """What a copy is restored into."""
    with made_database(postgres, tables) as dsn:
        yield dsn


async def test_rows_numbers_and_places_come_back_and_numbers_go_on(
    database: str, other_database: str, tmp_path: Path
) -> None:
    first, second = await asyncpg.connect(database), await asyncpg.connect(other_database)
    try:
        await first.execute(
            "insert into audit.access (at, person, action, subject, detail)"
            " values (1, 'wang', 'look', E'a\\tb\\n金行\\\\', '{\"a\": [1]}'), (2, 'li', 'look', 'x', '{}')"
        )
        await first.execute("insert into sealing.key values ('site', 'k1', '\\x00ff')")
        await first.execute(
            "insert into registry.provider values ('p1', 'k', '安澜');"
            "insert into registry.filing (provider, authority, state) values ('p1', 'x', 'filed')"
        )
        await first.execute("insert into jiejing.reading_place values ('followup', 3, 7, '\\xab')")
        await first.execute("insert into jiejing.reading_place values ('registry.relay', 3, 9, '\\xab')")
        places = await places_of(first)
        parts = [await copy_table(first, one, tmp_path) for one in await copied_tables(first)]

        await fill(second, tmp_path, parts, places)
        for table in ("audit.access", "sealing.key", "registry.provider", "registry.filing"):
            assert await second.fetch(f"select * from {table}") == await first.fetch(f"select * from {table}")
        kept = await second.fetch("select * from jiejing.reading_place")
        assert [tuple(one) for one in kept] == [("followup", 3, 7, b"\xab")]
        asked = "insert into audit.access (at, person, action, subject) values (3, 'qian', 'look', 'x') returning number"
        assert await second.fetchval(asked) == 3
    finally:
        await asyncio.gather(first.close(), second.close())


async def test_what_is_built_of_a_record_that_ends_earlier_is_emptied_and_who_acts_goes_on_there(
    database: str,
) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(
            "insert into desk_2.position values (3, 8, '\\xab', 'log', 7, 1, null);"
            "insert into registry.provider values ('p1', 'k', '安澜');"
            "insert into jiejing.reading_place values ('followup', 3, 9, '\\xab'), ('followup', 4, 9, '\\xab'),"
            " ('outbound', 3, 5, '\\xcd'), ('registry.relay', 3, 9, '\\xab')"
        )
        await read_again(connection, {3: Chain(6, b"\xee")})
        assert await connection.fetchval("select count(*) from desk_2.position") == 0
        assert await connection.fetchval("select count(*) from registry.provider") == 1
        kept = await connection.fetch("select * from jiejing.reading_place order by reader, partition")
        assert [tuple(one) for one in kept] == [
            ("followup", 3, 6, b"\xee"),
            ("followup", 4, 9, b"\xab"),
            ("outbound", 3, 5, b"\xcd"),
        ]
    finally:
        await connection.close()


async def test_a_database_that_has_anything_is_not_restored_into(bare_database: str) -> None:
    connection = await asyncpg.connect(bare_database)
    try:
        await check_empty(connection)
        await connection.execute("create schema theirs")
        with pytest.raises(StationError, match="it has the schema theirs"):
            await check_empty(connection)
    finally:
        await connection.close()


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows beyond a page (RLIMIT_FSIZE), as where a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_that_takes_no_more_of_a_copy_is_named_and_not_told_as_a_store_that_is_away(
    database: str, tmp_path: Path
) -> None:
    settings, folder = Settings(data_dir=tmp_path / "data", postgres=database), tmp_path / "copy"
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(
            "insert into audit.access (at, person, action, subject, detail)"
            " select n, md5(n::text), 'look', md5((n + 1)::text), '{}' from generate_series(1, 20000) as n"
        )
        (table,) = [one for one in await copied_tables(connection) if str(one) == "audit.access"]

        async def copy(_: Settings, draft: Path, __: Progress) -> Manifest:
            with full_disk():
                await copy_table(connection, table, draft)
            raise AssertionError("the disk took all")

        with pytest.MonkeyPatch.context() as only_the_table:
            only_the_table.setattr(copying, "_copy", copy)
            with pytest.raises(StationError) as told:
                await copying.backup(settings, folder, lambda *_: None)
    finally:
        await connection.close()
    assert "audit.access" in str(told.value) and "File too large" in str(told.value)
    assert "make space" in str(told.value) and "cannot be reached" not in str(told.value)
    assert not folder.exists()

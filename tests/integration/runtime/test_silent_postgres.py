"""A PostgreSQL that is gone without a word, behind a line that nobody closes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from services.runtime import postgres_pool
from services.runtime.postgres_pool import POSTGRES_AWAY, connect, open_pool
from services.runtime.settings import Settings
from tests.a_line import Line

SECONDS = 0.5


class Far(NamedTuple):
    """The line, and settings that lead over it."""

    line: Line
    settings: Settings


@pytest.fixture
def far(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    monkeypatch.setattr(postgres_pool, "COMMAND_SECONDS", SECONDS)
    there = urlsplit(database)
    asked = parse_qs(there.query)
    line = Line(partial(asyncio.open_unix_connection, f"{asked['host'][0]}/.s.PGSQL.5432"))
    with line.standing() as port:
        yield Far(line, Settings(postgres=f"postgresql://{asked['user'][0]}@127.0.0.1:{port}{there.path}"))


async def test_a_pool_gives_up_the_connections_that_are_silent_and_goes_on(far: Far) -> None:
    async with await open_pool(far.settings, 2) as pool:
        assert await pool.fetchval("select 1") == 1
        far.line.lose()
        async with asyncio.timeout(60):
            with pytest.raises(POSTGRES_AWAY):
                await pool.fetchval("select 2")
            assert await pool.fetchval("select 3") == 3


async def test_who_writes_alone_hears_that_the_silent_server_is_away(far: Far) -> None:
    connection = await connect(far.settings)
    far.line.lose()
    async with asyncio.timeout(60):
        with pytest.raises(POSTGRES_AWAY):
            async with connection.transaction():
                await connection.execute("select 1")
    connection.terminate()

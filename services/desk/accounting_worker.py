"""The worker `accounting`: signals by line and minute, as the sockets counted them, into PostgreSQL.

The record's side is a book of the projector, beside which this runs and stands in nobody's way.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg

from services.desk.adapters.http_receivers import HttpReceivers
from services.desk.adapters.postgres_line_accounting import PostgresLineAccounting
from services.desk.book_reader import again
from services.runtime.clock import now_us

if TYPE_CHECKING:
    from services.runtime.settings import Settings

LOOK_SECONDS = 1.0


async def run(settings: Settings) -> None:
    """Read for ever."""
    await again("sockets", lambda: read_sockets(settings))


async def read_sockets(settings: Settings) -> None:
    """Keep what the receivers count, until PostgreSQL is away; while the receivers are, nothing is known of now."""
    receivers = HttpReceivers(settings.signals, settings.signal_token_file)
    connection = await asyncpg.connect(settings.postgres)
    try:
        writer = PostgresLineAccounting(connection)
        run, number = await writer.newest_run()
        since = await writer.doubted()
        while True:
            read = await receivers.counted_by_line(run, number)
            another = read is not None and read.run != run
            if read is not None and (read.lines or another):
                await writer.write_sockets(read, now_us())
                number = max((one.number for one in read.lines), default=0 if another else number)
                run = read.run
            unsure = read is None or read.spooled > 0
            if another or unsure != (since is not None):
                since = (since or now_us()) if unsure else None
                await writer.doubt(since)
            if read is None or not read.more:
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        connection.terminate()

"""The worker `accounting`: signals by line and minute, as the sockets counted them, into PostgreSQL.

The record's side is a book of the projector, beside which this runs and stands in nobody's way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.desk.adapters.http_receivers import HttpReceivers
from services.desk.adapters.postgres_line_accounting import PostgresLineAccounting
from services.desk.book_reader import again
from services.desk.handlers.keeping_counts import keep_counts
from services.runtime.clock import now_us
from services.runtime.postgres_pool import connect

if TYPE_CHECKING:
    from services.runtime.settings import Settings


async def run(settings: Settings) -> None:
    """Read for ever."""
    await again("sockets", lambda: read_sockets(settings))


async def read_sockets(settings: Settings) -> None:
    """Keep what the receivers count, until PostgreSQL is away."""
    receivers = HttpReceivers(settings.signals, settings.signal_token_file)
    connection = await connect(settings)
    try:
        await keep_counts(receivers, PostgresLineAccounting(connection), now_us)
    finally:
        connection.terminate()

"""The process `projector`: alarm.events into its books, each exactly once, from nothing if need be.

The alarms' book says when the process is ready. The others run beside it and stand in nobody's way.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from services.desk.adapters.postgres_interruptions import PostgresInterruptionWriter
from services.desk.adapters.postgres_line_accounting import PostgresLineAccounting
from services.desk.adapters.postgres_projection import PostgresProjection
from services.desk.book_reader import again, read_into
from services.runtime.health import mark_ready

if TYPE_CHECKING:
    from services.runtime.settings import Settings


async def run(settings: Settings) -> None:
    """Read for ever. Raises `LogBroken` or `Unreadable`: a person must look."""
    ready = partial(mark_ready, settings, "projector")
    async with asyncio.TaskGroup() as group:
        alarms = partial(read_into, PostgresProjection, settings, ready=ready)
        group.create_task(again(PostgresProjection.name, alarms))
        for book in (PostgresInterruptionWriter, PostgresLineAccounting):
            group.create_task(again(book.name, partial(read_into, book, settings)))

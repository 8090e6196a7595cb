"""A PostgreSQL for the benches that need one, beside the bench's broker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from services.runtime.migrations import migrate
from services.runtime.settings import Settings
from services.station.adapters.data_folder import make_folders
from services.station.adapters.embedded_postgres import (
    ensure_database,
    postgres_dsn,
    prepare_postgres,
    remove_socket_folder,
)
from services.station.bench.broker import Bench
from services.station.supervisor import Supervisor


@contextlib.asynccontextmanager
async def a_database(bench: Bench, name: str) -> AsyncIterator[Settings]:
    """Settings of a data folder of its own with the bench's broker and a migrated database; gone at the end."""
    settings = bench.settings.model_copy(update={"data_dir": bench.settings.data_dir / name})
    make_folders(settings)
    postgres = await asyncio.to_thread(prepare_postgres, settings)
    try:
        async with Supervisor(settings, lambda _: None) as supervisor:
            await supervisor.start([postgres])
            await ensure_database(settings)
            settings = settings.model_copy(update={"postgres": postgres_dsn(settings)})
            await migrate(settings.postgres)
            yield settings
    finally:
        remove_socket_folder(settings)

"""The one place where the registry is put together."""

from __future__ import annotations

import asyncpg

from services.registry.adapters.postgres_register import project
from services.runtime.postgres_event_store import PostgresEventStore


def registry_store(pool: asyncpg.Pool) -> PostgresEventStore:
    """The registry's events, with the register written in the same transaction."""
    return PostgresEventStore(pool, "registry", project)

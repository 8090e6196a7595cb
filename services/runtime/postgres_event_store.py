"""`EventStore` on a PostgreSQL table of the shape of registry.event.

The sequencer is an advisory lock that lives as long as the transaction: the next append sees the position of
the one before. Read models that must never lag behind (`project`) are written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from services.eventsourcing.event_store import Append, NewEvent, StoredEvent, StoreUnavailable, place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Connection: TypeAlias = "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy[Any]"
Project: TypeAlias = Callable[[Any, Sequence[StoredEvent]], Awaitable[None]]

_COLUMNS = ("position", "stream", "version", "type", "at_us", "body", "by", "request")
_CHUNK = 5_000


async def _no_projection(_: object, __: Sequence[StoredEvent]) -> None:
    """Nothing rides along."""


class PostgresEventStore:
    """Streams of one table. `schema`: ours, never a caller's text; `project` runs inside each append."""

    def __init__(self, pool: asyncpg.Pool, schema: str, project: Project = _no_projection) -> None:
        self._pool = pool
        self._schema = schema
        self._table = f"{schema}.event"
        self._project = project

    async def append(self, stream: str, expected_version: int, events: Sequence[NewEvent]) -> int:
        """See the port."""
        return await self.append_all([Append(stream, expected_version, tuple(events))])

    async def append_all(self, appends: Sequence[Append]) -> int:
        """See the port. Followers are told by NOTIFY on the channel `<schema>_event`."""
        async with self._connection() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(hashtext($1))", self._table)
            last: int = await connection.fetchval(f"select coalesce(max(position), 0) from {self._table}")  # noqa: S608 - our own name
            stored = place(appends, last, await self._versions(connection, {a.stream for a in appends}))
            await self._write(connection, stored)
            await self._project(connection, stored)
            await connection.execute(f"notify {self._schema}_event")
        return last + len(stored)

    async def read(self, stream: str) -> list[StoredEvent]:
        """See the port."""
        return (await self.read_streams([stream])).get(stream, [])

    async def read_streams(self, streams: Iterable[str]) -> dict[str, list[StoredEvent]]:
        """See the port."""
        wanted = list(streams)
        query = (
            f"select {', '.join(_COLUMNS)} from {self._table} where stream = any($1) order by stream, version"  # noqa: S608 - our own name
        )
        found: dict[str, list[StoredEvent]] = {}
        async with self._connection() as connection:
            for start in range(0, len(wanted), _CHUNK):
                for row in await connection.fetch(query, wanted[start : start + _CHUNK]):
                    found.setdefault(row["stream"], []).append(_stored(row))
        return found

    async def read_all(self, after_position: int, limit: int) -> list[StoredEvent]:
        """See the port."""
        query = (
            f"select {', '.join(_COLUMNS)} from {self._table} where position > $1 order by position limit $2"  # noqa: S608 - our own name
        )
        async with self._connection() as connection:
            return [_stored(row) for row in await connection.fetch(query, after_position, limit)]

    async def position_at(self, at_us: int) -> int:
        """See the port."""
        query = f"select position from {self._table} where at_us <= $1 order by position desc limit 1"  # noqa: S608 - our own name
        async with self._connection() as connection:
            return int(await connection.fetchval(query, at_us) or 0)

    async def _versions(self, connection: Connection, streams: set[str]) -> dict[str, int]:
        query = f"select stream, max(version) as version from {self._table} where stream = any($1) group by stream"  # noqa: S608 - our own name
        return {row["stream"]: row["version"] for row in await connection.fetch(query, list(streams))}

    async def _write(self, connection: Connection, stored: Sequence[StoredEvent]) -> None:
        rows = [
            (e.position, e.stream, e.version, e.type, e.at_us, e.body.decode(), e.by, e.request)
            for e in stored
        ]
        await connection.copy_records_to_table(
            "event", schema_name=self._schema, records=rows, columns=list(_COLUMNS)
        )

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.acquire() as connection:
                yield connection
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
            raise StoreUnavailable(str(error)) from error
        except (asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError) as error:
            raise StoreUnavailable(str(error)) from error


def _stored(row: Any) -> StoredEvent:
    position, stream, version, type_, at_us, body, by, request = row
    return StoredEvent(position, stream, version, type_, at_us, body.encode(), by, request)

"""`Snapshots` in PostgreSQL: a row each, the newest two of a partition and fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.alarm_router.ports import SnapshotsAway
from services.contracts.envelope import Source
from services.eventsourcing.partition import Snapshot
from services.runtime.clock import now_us
from services.runtime.postgres_pool import POSTGRES_AWAY

if TYPE_CHECKING:
    import asyncpg

KEPT = 2

_NEWEST = """
select "offset", head, source_offset, source_hash, state from alarm_router.snapshot
where partition = $1 and fold = $2 order by "offset" desc limit 1
"""
_KEEP = """
insert into alarm_router.snapshot
    (partition, fold, "offset", head, source_offset, source_hash, state, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
"""
_FORGET = """
delete from alarm_router.snapshot where partition = $1 and fold = $2 and "offset" not in (
    select "offset" from alarm_router.snapshot where partition = $1 and fold = $2 order by "offset" desc limit $3
)
"""


class PostgresSnapshots:
    """See the port. `fold`: names the code whose states these are."""

    def __init__(self, pool: asyncpg.Pool, fold: str) -> None:
        self._pool, self._fold = pool, fold

    async def newest(self, partition: int) -> Snapshot | None:
        """See the port."""
        try:
            row = await self._pool.fetchrow(_NEWEST, partition, self._fold)
        except POSTGRES_AWAY as error:
            raise SnapshotsAway(repr(error)) from error
        if row is None:
            return None
        source = Source(offset=row["source_offset"], hash=row["source_hash"])
        return Snapshot(row["offset"], row["head"], source, row["state"])

    async def keep(self, partition: int, snapshot: Snapshot) -> None:
        """See the port."""
        one, source = snapshot, snapshot.source
        row = (partition, self._fold, one.offset, one.head, source.offset, source.hash, one.state, now_us())
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(_KEEP, *row)
                await connection.execute(_FORGET, partition, self._fold, KEPT)
        except POSTGRES_AWAY as error:
            raise SnapshotsAway(repr(error)) from error

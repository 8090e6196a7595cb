"""`Snapshots` in PostgreSQL: a row each and one for each part of the state; the newest two of a partition and fold."""

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
select "offset", head, source_offset, source_hash from alarm_router.snapshot
where partition = $1 and fold = $2 order by "offset" desc limit 1
"""
_PARTS = """
select state from alarm_router.snapshot_part
where partition = $1 and fold = $2 and "offset" = $3 order by number
"""
_KEEP = """
insert into alarm_router.snapshot (partition, fold, "offset", head, source_offset, source_hash, made_at)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning true
"""
_KEEP_PART = """
insert into alarm_router.snapshot_part (partition, fold, "offset", number, state)
values ($1, $2, $3, $4, $5)
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
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read"),
            ):
                row = await connection.fetchrow(_NEWEST, partition, self._fold)
                if row is None:
                    return None
                parts = await connection.fetch(_PARTS, partition, self._fold, row["offset"])
        except POSTGRES_AWAY as error:
            raise SnapshotsAway(repr(error)) from error
        source = Source(offset=row["source_offset"], hash=row["source_hash"])
        return Snapshot(row["offset"], row["head"], source, tuple(part["state"] for part in parts))

    async def keep(self, partition: int, snapshot: Snapshot) -> None:
        """See the port."""
        name = (partition, self._fold, snapshot.offset)
        source = snapshot.source
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                place = (snapshot.head, source.offset, source.hash)
                if not await connection.fetchval(_KEEP, *name, *place, now_us()):
                    return  # it is there already
                for number, part in enumerate(snapshot.state):
                    await connection.execute(_KEEP_PART, *name, number, part)
                await connection.execute(_FORGET, partition, self._fold, KEPT)
        except POSTGRES_AWAY as error:
            raise SnapshotsAway(repr(error)) from error

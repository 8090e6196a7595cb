"""One partition's snapshots: taken up when it is owned again, kept now and then while it works.

A snapshot is a cache. Without one, or with its store away, the partition is folded from its beginning; with one that
does not fit the log it stops, since then either the log or the snapshot is not what it was.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from msgspec.structs import replace

from services.alarm_router.domain.snapshot import SnapshotUnreadable, freezing, thawing
from services.alarm_router.ports import SnapshotsAway
from services.eventsourcing.ports import OffsetGone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from services.alarm_router.domain.state import State
    from services.alarm_router.ports import Snapshots
    from services.eventsourcing.partition import Partition, Snapshot
    from services.eventsourcing.ports import EventLog, Record

EVERY = 20_000  # decisions: a quarter of a second to fold
LOOK_S = 1.0
PART_BYTES = 256 * 1024  # what a database is sent at once
_log = structlog.get_logger()


class SnapshotKeeper:
    """Of one partition, for as long as its worker lives."""

    def __init__(self, snapshots: Snapshots, partition: int, *, every: int = EVERY) -> None:
        """`every`: so many decisions lie between two snapshots."""
        self._snapshots, self._partition, self._every = snapshots, partition, every
        self._kept_at = 0
        self._keeping: asyncio.Task[None] | None = None

    async def take_up(self, owned: Partition[State], events: EventLog) -> None:
        """Put `owned`, which has folded nothing yet, behind the newest snapshot. Raises `LogBroken`."""
        self._kept_at = 0
        try:
            found = await self._snapshots.newest(self._partition)
        except SnapshotsAway as error:
            _log.warning(
                "no snapshots: folding from the beginning", partition=self._partition, why=str(error)
            )
            return
        if found is None:
            return
        record = await _at(events, found.offset)
        try:
            for state in thawing(found.state, owned.state.law):  # noqa: B007 - the last one is whole
                await asyncio.sleep(0)
        except SnapshotUnreadable as error:
            _log.error(
                "snapshot unreadable: folding from the beginning", partition=self._partition, why=str(error)
            )
            return
        owned.take_up(found, state, record)
        self._kept_at = owned.chain.offset

    def consider(self, owned: Partition[State]) -> None:
        """Keep the state if enough came since the last time. Only when all that was decided has landed."""
        if owned.chain.offset - self._kept_at < self._every or (self._keeping and not self._keeping.done()):
            return
        self._kept_at = owned.chain.offset
        self._keeping = asyncio.create_task(self._keep(owned.snapshot(()), freezing(owned.state)))

    async def close(self) -> None:
        """Let go of what is being kept: it is a cache."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def _keep(self, begun: Snapshot, pieces: Iterable[bytes]) -> None:
        """`begun`: where it was made, without the state, whose `pieces` are made while others have their turn."""
        parts = [part async for part in _joined(pieces)]
        try:
            await self._snapshots.keep(self._partition, replace(begun, state=tuple(parts)))
        except SnapshotsAway as error:
            _log.warning("snapshot not kept", partition=self._partition, why=str(error))


async def _joined(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Parts of about `PART_BYTES`; others have their turn behind each piece."""
    some: list[bytes] = []
    for piece in pieces:
        some.append(piece)
        if sum(map(len, some)) >= PART_BYTES:
            yield b"".join(some)
            some.clear()
        await asyncio.sleep(0)
    if some:
        yield b"".join(some)


async def _at(events: EventLog, offset: int) -> Record:
    """The record at `offset`. Raises `OffsetGone` when the log is shorter: a broker that comes back may look so."""
    if await events.end() <= offset:
        raise OffsetGone(f"the log ends before offset {offset}, behind which a snapshot was made")
    while not (found := await events.read(offset, most=1, wait_s=LOOK_S)):
        pass
    return found[0]

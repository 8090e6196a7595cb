"""`Snapshots` in memory: for tests and benches, and for a router that has none to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.eventsourcing.partition import Snapshot


class MemorySnapshots:
    """See the port. `kept`: the newest of each partition."""

    def __init__(self) -> None:
        self.kept: dict[int, Snapshot] = {}

    async def newest(self, partition: int) -> Snapshot | None:
        """See the port."""
        return self.kept.get(partition)

    async def keep(self, partition: int, snapshot: Snapshot) -> None:
        """See the port."""
        before = self.kept.get(partition)
        if before is None or before.offset < snapshot.offset:
            self.kept[partition] = snapshot

"""What a partition's worker needs from the world besides its two logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from services.eventsourcing.partition import Snapshot


class Clock(Protocol):
    """UTC in integer microseconds."""

    def __call__(self) -> int:
        """Now."""


class Watcher(Protocol):
    """Who is told how a partition fares."""

    def whole(self, partition: int) -> None:
        """It owns its state and decides."""

    def stopped(self, partition: int, reason: str) -> None:
        """It cannot go on without a person."""


class SnapshotsAway(Exception):
    """The snapshots cannot be reached now. They are a cache: fold from the beginning, keep none."""


class Snapshots(Protocol):
    """States that were kept, of one fold: what another fold kept is not seen."""

    async def newest(self, partition: int) -> Snapshot | None:
        """The one that reaches furthest. Raises `SnapshotsAway`."""

    async def keep(self, partition: int, snapshot: Snapshot) -> None:
        """Keep it, and of the earlier ones the newest. Raises `SnapshotsAway`."""

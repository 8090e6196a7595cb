"""What a partition's worker needs from the world besides its two logs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from services.contracts.liveness import LastHeard

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


class LastHeardBook(Protocol):
    """The watch's memory of one partition.

    Law: `load` gives the chunks of the newest `save` that ended, or of one before if a later one was broken off;
    never some of one and some of another.
    """

    async def load(self) -> Sequence[LastHeard]:
        """The chunks in their order; none if nothing was ever saved. Raises `TimeoutError` besides the driver's."""

    async def save(self, chunks: Iterable[LastHeard]) -> None:
        """Keep them instead of those before. Raises `AppendUnknown`: those before may still count."""

    async def close(self) -> None:
        """Release the connections."""

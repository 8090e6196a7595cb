"""How far a reader of alarm.events has come in one partition, as it is kept beside what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from services.contracts.alarm import SignalRecorded
from services.contracts.envelope import NAMING
from services.contracts.views import PartitionPosition
from services.eventsourcing.counting import Chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.contracts.envelope import Decision


class Place(msgspec.Struct, gc=False):
    """The newest counting decision that was read. `source`: the highest inbox offset decided so far.

    `offset` -1: nothing yet. Times are UTC microseconds.
    """

    partition: int
    offset: int = -1
    head: bytes = b"\0" * 16
    log_id: str = ""
    source: int = -1
    decided_at: int = 0
    last_signal_at: int | None = None

    def move(self, offset: int, head: bytes, decision: Decision) -> None:
        """Go on to this decision."""
        self.offset, self.head = offset, head
        self.source = max(self.source, decision.source.offset)
        self.decided_at = max(self.decided_at, decision.time)
        for event in decision.events:
            if isinstance(event, SignalRecorded):
                self.last_signal_at = max(self.last_signal_at or 0, event.received_at)
            elif isinstance(event, NAMING):
                self.log_id = event.log_id

    def shown(self) -> PartitionPosition:
        """What the screen is told."""
        return PartitionPosition(
            partition=self.partition, log_id=self.log_id, offset=self.offset, decided_at=self.decided_at
        )


class Located(Protocol):
    """Anything that lies in a partition."""

    @property
    def partition(self) -> int:
        """Which."""
        ...


def moved(places: Mapping[int, Place], batch: Iterable[Located]) -> Sequence[Place]:
    """The places that the batch moved."""
    return [places[partition] for partition in {one.partition for one in batch}]


def chains_of(places: Mapping[int, Place]) -> dict[int, Chain]:
    """Where to go on reading."""
    return {place.partition: Chain(place.offset + 1, place.head) for place in places.values()}

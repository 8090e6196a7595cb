"""The read model of interruptions and windows in memory, written whole or not at all: for tests and simulation."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from services.desk.adapters.postgres_interruptions import InterruptionWriter
from services.picture.interruption_view import Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.desk.adapters.postgres_interruptions import Batch
    from services.desk.domain.reading_place import Place


class MemoryInterruptions:
    """What is kept. `known`: all that is not archived; `ever`: archived or not; `events`: rows, as they were written."""

    def __init__(self) -> None:
        """Nothing was projected."""
        self.known = Interrupted()
        self.ever = Interrupted()
        self.places: dict[int, Place] = {}
        self.events: list[tuple[Any, ...]] = []


class MemoryInterruptionWriter(InterruptionWriter):
    """`Book` in memory: one writer."""

    def __init__(self, kept: MemoryInterruptions) -> None:
        """`kept`: outlives its writers."""
        super().__init__()
        self._kept = kept

    async def begin(self) -> Mapping[int, Place]:
        """See `Book`."""
        known = self._kept.known
        self._known = Interrupted(dict(known.interruptions), dict(known.windows))
        return {partition: copy(place) for partition, place in self._kept.places.items()}

    async def write(self, batch: Batch, places: Iterable[Place]) -> None:
        """All of it or nothing."""
        moved = {place.partition: copy(place) for place in places}
        self._kept.known.take(batch.changed)
        self._kept.ever.interruptions |= batch.changed.interruptions
        self._kept.ever.windows |= batch.changed.windows
        self._kept.events += batch.events
        self._kept.places |= moved

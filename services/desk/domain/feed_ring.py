"""What was said of late, so that a lost connection is continued where it broke off.

A client names how far it has come in each partition. Several views may have changed at one offset, and the
connection may have broken off between their frames; so what lies at the named offset is said again if it was more
than one view: to say a whole view twice changes nothing.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.contracts.views import PartitionPosition
    from services.desk.domain.feed_board import Happening

KEPT = 10_000


class Ring:
    """The newest happenings. `floor`: how far a client must have come in a partition to be continued."""

    most = KEPT

    def __init__(self, told: Mapping[int, PartitionPosition], newest: Iterable[Happening]) -> None:
        """`told`: where the feed begins; `newest`: what changed at exactly these places."""
        self._told = dict(told)
        self._floor = {partition: position.offset for partition, position in told.items()}
        self._kept: deque[Happening] = deque(newest)

    @property
    def told(self) -> tuple[PartitionPosition, ...]:
        """How far the clients were told."""
        return tuple(self._told.values())

    def add(self, happened: Sequence[Happening], told: Iterable[PartitionPosition]) -> None:
        """What is being said, and how far everybody is told with it."""
        self._kept.extend(happened)
        self._told.update((position.partition, position) for position in told)
        while len(self._kept) > self.most:
            gone = self._kept.popleft()
            self._floor[gone.partition] = gone.offset + (1 if gone.is_many else 0)

    def missed(self, positions: Iterable[PartitionPosition]) -> list[Happening] | None:
        """What a client at these positions has missed; None: not known any more, or it comes from another log."""
        known = {position.partition: position for position in positions}
        for partition, told in self._told.items():
            place = known.get(partition)
            if place is None or place.log_id != told.log_id:
                return None
            if not self._floor[partition] <= place.offset <= told.offset:
                return None
        return [one for one in self._kept if _is_after(one, known[one.partition].offset)]


def _is_after(happening: Happening, offset: int) -> bool:
    return happening.offset > offset or (happening.offset == offset and happening.is_many)

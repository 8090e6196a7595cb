"""Stands that are kept in memory, so that a second look does not fold from the beginning. A cache: bounded, droppable."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from services.replay.domain.stand import Stand, Until

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 16  # of one partition
MOST_VIEWS = 60_000  # of all together; a view is about a kilobyte


class Checkpoints:
    """Kept stands by partition, in the order of the log."""

    def __init__(self, most: int = MOST, most_views: int = MOST_VIEWS) -> None:
        """`most`: of one partition; `most_views`: of all."""
        self._most, self._most_views = most, most_views
        self._kept: dict[int, list[Stand]] = {}

    @property
    def kept(self) -> Mapping[int, list[Stand]]:
        """What there is."""
        return self._kept

    def nearest(self, partition: int, until: Until) -> Stand:
        """A stand of one's own from which to fold on; an empty one when nothing nearer is kept."""
        fitting = [
            one
            for one in self._kept.get(partition, ())
            if one.offset < 0 or not until.excludes(one.offset, one.time)
        ]
        return fitting[-1].copy() if fitting else Stand(partition)

    def keep(self, stand: Stand) -> None:
        """Keep a copy of this stand, and thin out what is too much."""
        kept = self._kept.setdefault(stand.partition, [])
        at = bisect_left([one.chain.offset for one in kept], stand.chain.offset)
        if at < len(kept) and kept[at].chain.offset == stand.chain.offset:
            kept.pop(at)  # the newer one may be settled
        kept.insert(at, stand.copy())
        if len(kept) > self._most:
            _thin(kept)
        self._fit()

    def forget(self, partition: int) -> None:
        """The log is another one than it was."""
        self._kept.pop(partition, None)

    def _fit(self) -> None:
        """Thin out the largest until all fit. One of each partition stays: no more than the live feed holds too."""
        while sum(map(_views_of, self._kept.values())) > self._most_views:
            larger = [kept for kept in self._kept.values() if len(kept) > 1]
            if not larger:
                return
            _thin(max(larger, key=_views_of))


def _views_of(kept: list[Stand]) -> int:
    return sum(len(one.views.alarms) + len(one.views.reports) + len(one.waiting) for one in kept)


def _thin(kept: list[Stand]) -> None:
    """Drop the one whose loss leaves the smallest gap; of two the older."""
    if len(kept) < 3:
        del kept[0]
        return
    gaps = [kept[i + 1].chain.offset - kept[i - 1].chain.offset for i in range(1, len(kept) - 1)]
    del kept[1 + gaps.index(min(gaps))]

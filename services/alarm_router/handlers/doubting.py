"""Tells a supervisor what the shadow found: decisions that do not follow from the record before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from services.alarm_router.handlers.reporting import report
from services.contracts.shadow import DecidedOtherwise
from services.contracts.topics import subject_of_partition

if TYPE_CHECKING:
    from services.alarm_router.ports import Clock
    from services.eventsourcing.ports import EventLog
    from services.eventsourcing.shadow import Difference

EVERY_US = 60_000_000


class Doubts:
    """What was found in one partition and is not told yet.

    One report a minute at most: what is decided of a report is a decision too, and may be found as well.
    """

    def __init__(self, inbox: EventLog, clock: Clock) -> None:
        """`inbox`: of the partition itself."""
        self._inbox, self._clock = inbox, clock
        self._found: DecidedOtherwise | None = None
        self._told_at = -EVERY_US

    def add(self, found: Difference) -> None:
        """One more, of this very code."""
        before = self._found or DecidedOtherwise(
            sender="shadow",
            sent_at=0,
            subject=subject_of_partition(found.partition),
            first=found.lies_at,
            last=found.lies_at,
            count=0,
            code=found.code,
            parts=found.parts,
        )
        self._found = replace(before, last=found.lies_at, count=before.count + 1)

    async def tell(self) -> None:
        """Report it, unless the last report was a moment ago; what does not arrive is told again."""
        now = self._clock()
        if self._found is None or now < self._told_at + EVERY_US:
            return
        if await report(self._inbox, replace(self._found, sent_at=now)):
            self._found, self._told_at = None, now

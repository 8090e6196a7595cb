"""What came in and what became of it, counted in signals at the socket: received = recorded + refused(reason).

`received` is counted when a whole frame, or an item of a posted list, is cut from the socket, before anything is
judged. A frame counts as one; one that turns out to carry several events counts once for each. Each ends as
recorded, which means durably kept, or as refused; until then it is in flight. What is recorded lies in the log, or
for a while in the spool.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from services.ingest.domain.line_book import NO_LINE, LineBook

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.contracts.receiving import Trouble


class Troubled(msgspec.Struct, frozen=True, gc=False):
    """From when to when, and how many signals."""

    since: int
    until: int
    count: int


class Accounting:
    """Counts of one receiver run. They only grow, but for `connections`, `spooled` and `troubles`.

    `lines` counts the same by line and minute; what was refused before its line was known stands under `NO_LINE`.
    """

    def __init__(self, now_us: Callable[[], int]) -> None:
        """`now_us`: UTC microseconds."""
        self._now_us = now_us
        self.lines = LineBook()
        self.received: Counter[str] = Counter()  # by source
        self.recorded = 0
        self.refused: Counter[str] = Counter()  # by reason
        self.ended: Counter[str] = Counter()  # conversations broken off, by reason
        self.connections = 0  # open now
        self.spooled = 0  # recorded, and still waiting in the spool
        self.troubles: dict[Trouble, Troubled] = {}  # not reported to the desk yet

    @property
    def in_flight(self) -> int:
        """Received and not yet decided."""
        return self.received.total() - self.recorded - self.refused.total()

    def receive(self, source: str, count: int = 1) -> None:
        """Take note of what was cut from the socket."""
        self.received[source] += count

    def record(self, line: str, at: int, count: int) -> None:
        """Take note of what is durably kept, received of this line at `at`."""
        self.recorded += count
        self.lines.keep(line, at, count)

    def refuse(self, reason: str, count: int = 1) -> None:
        """Take note of what goes nowhere, its line not being known."""
        self.refused[reason] += count
        now = self._now_us()
        self.lines.receive(NO_LINE, now, count)
        self.lines.refuse(NO_LINE, now, reason, count)

    def refuse_of(self, line: str, at: int, reason: str, count: int) -> None:
        """Take note of what goes nowhere, received of this line at `at`."""
        self.refused[reason] += count
        self.lines.refuse(line, at, reason, count)

    def trouble(self, kind: Trouble, now: int, count: int) -> None:
        """Take note of what a supervisor must know; it goes on until it is reported."""
        before = self.troubles.get(kind, Troubled(now, now, 0))
        self.troubles[kind] = Troubled(before.since, now, before.count + count)

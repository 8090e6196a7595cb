"""What came in and what became of it, counted in signals at the socket: received = recorded + refused(reason).

`received` is counted when a whole frame, or an item of a posted list, is cut from the socket, before anything is
judged. A frame counts as one; one that turns out to carry several events counts once for each. Each ends as
recorded, which means durably appended, or as refused; until then it is in flight.
"""

from __future__ import annotations

from collections import Counter


class Accounting:
    """Counts of one receiver run. They only grow."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()  # by source
        self.recorded = 0
        self.refused: Counter[str] = Counter()  # by reason
        self.ended: Counter[str] = Counter()  # conversations broken off, by reason
        self.connections = 0  # open now

    @property
    def in_flight(self) -> int:
        """Received and not yet decided."""
        return self.received.total() - self.recorded - self.refused.total()

    def receive(self, source: str, count: int = 1) -> None:
        """Take note of what was cut from the socket."""
        self.received[source] += count

    def record(self, count: int) -> None:
        """Take note of what is durably appended."""
        self.recorded += count

    def refuse(self, reason: str, count: int = 1) -> None:
        """Take note of what goes nowhere."""
        self.refused[reason] += count

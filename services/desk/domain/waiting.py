"""What lies in a partition's inbox and was not yet seen decided.

Every record but a tick gets a decision, so what lies beyond the highest decided source is waiting; ticks are not
counted, an empty one gets no decision.
"""

from __future__ import annotations

from array import array
from collections import Counter, deque
from typing import TYPE_CHECKING

from services.contracts.views import StoppedPartition

if TYPE_CHECKING:
    from services.contracts.views import UndecidedSignal
    from services.picture.undecided import RawSignal

STOPPED_US = 4_500_000  # so that a screen shows it within five seconds
SHOWN_AT_MOST = 1000


class Waiting:
    """One partition. A backlog may be long: 24 bytes for each record, and only the newest signals themselves."""

    def __init__(self, partition: int) -> None:
        """Nothing waits."""
        self._partition = partition
        self._offsets, self._stamps, self._first = array("q"), array("q"), 0
        self._runs: list[str | None] = []
        self._newest: deque[UndecidedSignal] = deque(maxlen=SHOWN_AT_MOST)
        self.of_run: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._offsets) - self._first

    def append(self, offset: int, stamp_us: int, raw: RawSignal | None) -> None:
        """A record that is no tick; `raw`: the signal in it, if it is one."""
        self._offsets.append(offset)
        self._stamps.append(stamp_us)
        self._runs.append(None if raw is None else raw.run)
        if raw is not None:
            self.of_run[raw.run] += 1
            self._newest.append(raw.signal)

    def decided(self, source: int) -> None:
        """Everything up to this offset was decided."""
        while self._first < len(self._offsets) and self._offsets[self._first] <= source:
            if (run := self._runs[self._first]) is not None:
                self.of_run[run] -= 1
            self._first += 1
        if self._first > len(self._offsets) // 2:
            del self._offsets[: self._first], self._stamps[: self._first], self._runs[: self._first]
            self._first = 0
        while self._newest and self._newest[0].offset <= source:
            self._newest.popleft()

    def since(self) -> int | None:
        """When the record that waits longest was appended, UTC microseconds; None: nothing waits."""
        return self._stamps[self._first] if len(self) else None

    def stopped(self, now: int) -> StoppedPartition | None:
        """What to say when it waits too long."""
        since = self.since()
        if since is None or now - since <= STOPPED_US:
            return None
        return StoppedPartition(partition=self._partition, since=since, waiting=len(self))

    def signals(self) -> tuple[UndecidedSignal, ...]:
        """The newest signals among it, newest last."""
        return tuple(self._newest)

"""What was received of each line in each minute, and what became of it at the socket.

Somebody reads this every second and keeps it for ever (`services/desk`), so here it stays only until it was read and
nothing more can come to it. Counts are whole, never differences: reading twice does no harm.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUTE_US = 60_000_000
NO_LINE = ""
NOT_KEPT = "not_kept"  # may come again under the same ids, and is then counted where it was first
MOST = 200_000  # lines and minutes that are held; beyond it the oldest go, read or not


class LineMinute(msgspec.Struct, gc=False):
    """`kept`: durably appended; `refused`: by reason; `minute`: where it begins, UTC microseconds.

    `number`: when it last changed, counted in changes of the whole book.
    """

    line: str
    minute: int
    received: int = 0
    kept: int = 0
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    number: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether nothing of it is on its way or may come again."""
        return self.received == self.kept + self.refused.total() and not self.refused[NOT_KEPT]


class LineBook:
    """Counts by line and minute, in the order of their last change."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._number = 0
        self._held: dict[tuple[str, int], LineMinute] = {}

    def __len__(self) -> int:
        return len(self._held)

    def receive(self, line: str, at: int, count: int) -> None:
        """Take note of what came in at `at`, UTC microseconds; what becomes of it is noted with the same."""
        self._changed(line, at).received += count

    def keep(self, line: str, at: int, count: int) -> None:
        """Take note of what is durably appended."""
        self._changed(line, at).kept += count

    def refuse(self, line: str, at: int, reason: str, count: int) -> None:
        """Take note of what goes nowhere."""
        self._changed(line, at).refused[reason] += count

    def move(self, line: str, at: int, to: int, count: int) -> None:
        """Count what came in at `at` where it first came in: it is the same again."""
        if at // MINUTE_US != to // MINUTE_US:
            self._changed(line, at).received -= count
            self._changed(line, to).received += count

    def since(self, number: int, most: int) -> Sequence[LineMinute]:
        """What changed after this number, the oldest change first, at most so many."""
        newer: list[LineMinute] = []
        for one in reversed(self._held.values()):
            if one.number <= number:
                break
            newer.append(one)
        return newer[::-1][:most]

    def forget(self, number: int, before: int) -> None:
        """Drop what was read up to this number, began before `before` and can change no more."""
        for key, one in tuple(self._held.items()):
            if one.number > number:
                break
            if one.minute + MINUTE_US <= before and one.is_settled:
                del self._held[key]

    def _changed(self, line: str, at: int) -> LineMinute:
        """The count to change, moved behind all others."""
        key = (line, at // MINUTE_US * MINUTE_US)
        one = self._held.pop(key, None) or LineMinute(*key)
        self._number += 1
        one.number = self._number
        self._held[key] = one
        if len(self._held) > self._most:
            del self._held[next(iter(self._held))]
        return one

"""The only clock. A sender's time is its wall clock at start plus monotonic time (design, "Time")."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_SLEW = 1.0  # 60 s a minute


class Clock:
    """Wall clock at start plus monotonic time, slewed towards the wall clock by at most 60 s a minute."""

    def __init__(self, wall_ns: Callable[[], int], monotonic_ns: Callable[[], int]) -> None:
        """What the machine shows: UTC, which may be set, and a time that only goes on."""
        self._wall_ns, self._monotonic_ns = wall_ns, monotonic_ns
        self._last_us = monotonic_ns() // 1000
        self._begun_us = self._offset_us = wall_ns() // 1000 - self._last_us

    def now_us(self) -> int:
        """UTC in integer microseconds."""
        mono = self._monotonic_ns() // 1000
        gap = self._wall_ns() // 1000 - mono - self._offset_us
        most = int((mono - self._last_us) * MOST_SLEW)
        self._offset_us += max(-most, min(most, gap))
        self._last_us = mono
        return mono + self._offset_us

    def steady_us(self) -> int:
        """The same without any correction since the start: for spans, which a clock that is set must not change."""
        return self._monotonic_ns() // 1000 + self._begun_us

    def ahead_us(self) -> int:
        """By how much `now_us` is before `steady_us` now."""
        self.now_us()
        return self._offset_us - self._begun_us


_clock = Clock(time.time_ns, time.monotonic_ns)
now_us, steady_us, ahead_us = _clock.now_us, _clock.steady_us, _clock.ahead_us

"""The only clock. A sender's time is its wall clock at start plus monotonic time (design, "Time")."""

from __future__ import annotations

import time

_WALL_NS = time.time_ns()
_MONOTONIC_NS = time.monotonic_ns()
_SLEW = 60 / 60_000_000  # 60 s a minute, per microsecond of monotonic time


class _Clock:
    """Wall clock at start plus monotonic time, slewed towards the wall clock by at most 60 s a minute."""

    def __init__(self) -> None:
        self._offset_us = (_WALL_NS - _MONOTONIC_NS) // 1000
        self._last_us = _MONOTONIC_NS // 1000

    def now_us(self) -> int:
        mono = time.monotonic_ns() // 1000
        gap = time.time_ns() // 1000 - mono - self._offset_us
        most = int((mono - self._last_us) * _SLEW * 1_000_000)
        self._offset_us += max(-most, min(most, gap))
        self._last_us = mono
        return mono + self._offset_us


_clock = _Clock()


def now_us() -> int:
    """UTC in integer microseconds."""
    return _clock.now_us()

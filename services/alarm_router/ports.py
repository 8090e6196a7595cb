"""What a partition's worker needs from the world besides its two logs."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """UTC in integer microseconds."""

    def __call__(self) -> int:
        """Now."""


class Watcher(Protocol):
    """Who is told how a partition fares."""

    def whole(self, partition: int) -> None:
        """It owns its state and decides."""

    def stopped(self, partition: int, reason: str) -> None:
        """It cannot go on without a person."""

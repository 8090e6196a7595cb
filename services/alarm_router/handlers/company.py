"""Which partitions of this process have work, so that one with a backlog makes room for the others."""

from __future__ import annotations

import msgspec

LATELY_S = 0.5


class Company(msgspec.Struct):
    """Shared by the partitions of one process. Times are seconds of the loop's clock."""

    worked: dict[int, float] = msgspec.field(default_factory=dict)

    def works(self, partition: int, now: float) -> None:
        """It has records to decide."""
        self.worked[partition] = now

    def others(self, partition: int, now: float) -> bool:
        """Whether any other had some of late."""
        return any(now - last < LATELY_S for other, last in self.worked.items() if other != partition)

"""Puts a `Tick` into the inbox when a deadline is due: the shell's only way to say that time has passed.

Whether one is due is decided by the broker's stamps. Where those disagree with our clock, a clock that is behind holds
nothing back that is over by what was decided, and one that is ahead asks in vain, but not without end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.alarm_router.ports import Clock
from services.contracts.codec import encode
from services.contracts.envelope import Tick
from services.eventsourcing.ports import EventLog, LogWriter

LATE_US = 50_000  # ask a little after the deadline, so that the broker's stamp lies behind it
AGAIN_S = 0.5  # until the same deadline is asked for once more

Deadline = tuple[int, str, str]


class Ticker:
    """At most one tick under way; the next at once while more is due."""

    def __init__(self, inbox: EventLog, clock: Clock) -> None:
        self._inbox = inbox
        self._clock = clock
        self._writer: LogWriter | None = None
        self._under_way = -1
        self._asked: Deadline | None = None
        self._again_at = 0.0

    async def wait(
        self, deadlines: Sequence[Deadline], time_us: int, *, decided: int, most_s: float
    ) -> float:
        """Seconds to wait for records; sends a tick first if a deadline is due.

        `time_us`: partition time; `decided`: next inbox offset.
        """
        if not deadlines or self._under_way >= decided:
            return most_s
        left_s = self._left_s(deadlines[0], time_us)
        if left_s > 0:
            return min(most_s, left_s)
        await self._ask(deadlines[0])
        return most_s

    async def close(self) -> None:
        """Give up the writer."""
        if self._writer is not None:
            await self._writer.close()

    def _left_s(self, first: Deadline, time_us: int) -> float:
        left_us = first[0] + LATE_US - max(self._clock(), time_us)
        if left_us <= 0 and first == self._asked:  # the tick that asked for it found that it was not due
            return self._again_at - asyncio.get_running_loop().time()
        return left_us / 1_000_000

    async def _ask(self, first: Deadline) -> None:
        if self._writer is None:
            self._writer = await self._inbox.open_writer()
        tick = Tick(sender="router", sent_at=self._clock())
        self._under_way = await self._writer.append([encode(tick)])
        self._asked, self._again_at = first, asyncio.get_running_loop().time() + AGAIN_S

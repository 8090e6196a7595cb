"""Puts a `Tick` into the inbox when a deadline is due: the shell's only way to say that time has passed."""

from __future__ import annotations

from collections.abc import Sequence

from services.alarm_router.ports import Clock
from services.contracts.codec import encode
from services.contracts.envelope import Tick
from services.eventsourcing.ports import EventLog, LogWriter

LATE_US = 50_000  # ask a little after the deadline, so that the broker's stamp lies behind it


class Ticker:
    """At most one tick under way; the next at once while more is due."""

    def __init__(self, inbox: EventLog, clock: Clock) -> None:
        self._inbox = inbox
        self._clock = clock
        self._writer: LogWriter | None = None
        self._under_way = -1

    async def wait(self, deadlines: Sequence[tuple[int, str, str]], decided: int, most_s: float) -> float:
        """Seconds to wait for records; sends a tick first if a deadline is due. `decided`: next inbox offset."""
        if not deadlines or self._under_way >= decided:
            return most_s
        left_us = deadlines[0][0] + LATE_US - self._clock()
        if left_us > 0:
            return min(most_s, left_us / 1_000_000)
        if self._writer is None:
            self._writer = await self._inbox.open_writer()
        tick = Tick(sender="router", sent_at=self._clock())
        self._under_way = await self._writer.append([encode(tick)])
        return most_s

    async def close(self) -> None:
        """Give up the writer."""
        if self._writer is not None:
            await self._writer.close()

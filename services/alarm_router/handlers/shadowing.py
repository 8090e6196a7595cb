"""Reads one partition's record beside its inbox, and has every decision made again."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from services.eventsourcing.ports import OffsetGone

if TYPE_CHECKING:
    from services.alarm_router.domain.state import State
    from services.eventsourcing.ports import EventLog, Record
    from services.eventsourcing.shadow import Difference, Shadow

BATCH = 500
WAIT_S = 1.0


class Shadowing:
    """One partition. `at`: the next offset of the record."""

    def __init__(self, shadow: Shadow[State], *, inbox: EventLog, events: EventLog) -> None:
        self._shadow, self._inbox, self._events = shadow, inbox, events
        self._asked: deque[Record] = deque()

    @property
    def at(self) -> int:
        """The offset that is looked at next."""
        return self._shadow.folded.chain.offset

    async def end(self) -> int:
        """How far the record reaches now."""
        return await self._events.end()

    async def go_on(self) -> Sequence[Difference]:
        """Look at the next stretch, waiting a second at most when there is none; where this code parts from it.

        Raises `LogBroken`, `OffsetGone`, and `Unreadable` for what newer code wrote.
        """
        found: list[Difference] = []
        for record in await self._events.read(self.at, most=BATCH, wait_s=WAIT_S):
            found += self._shadow.take(record, await self._inbox_at(self._shadow.wanted(record)))
        return found

    async def close(self) -> None:
        """Release the connections."""
        await self._inbox.close()
        await self._events.close()

    async def _inbox_at(self, offsets: range) -> Sequence[Record]:
        """The inbox records there. What was decided is in the inbox: the decision came after it."""
        if not offsets:
            return ()
        while self._asked and self._asked[0].offset < offsets.start:
            self._asked.popleft()
        while not self._asked or self._asked[-1].offset < offsets[-1]:
            start = self._asked[-1].offset + 1 if self._asked else offsets.start
            if await self._inbox.end() <= offsets[-1]:
                raise OffsetGone(f"the inbox ends before offset {offsets[-1]}, which was decided")
            self._asked += await self._inbox.read(start, most=BATCH, wait_s=WAIT_S)
        return list(takewhile(lambda one: one.offset < offsets.stop, self._asked))

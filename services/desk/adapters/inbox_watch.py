"""The inbox beyond what was decided, read beside the router: how long it waits and which signals are in it.

What was read is kept while the inbox cannot be read: a stopped partition stays on the screens.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from services.desk.domain.waiting import Waiting
from services.eventsourcing.ports import OffsetGone
from services.picture.undecided import raw_signal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.contracts.alarm import AlarmClass
    from services.contracts.views import StoppedPartition, UndecidedSignal
    from services.desk.domain.reading_place import Place

AGAIN_SECONDS = 0.3
_TICK = b'{"type":"tick.v1"'
_log = structlog.get_logger()


class InboxWatch(ABC):
    """`FollowedInbox` but for the reading. `follow` runs beside the server for as long as it serves."""

    def __init__(self, places: Mapping[int, Place], class_of: Callable[[str], AlarmClass]) -> None:
        """`places`: how far decisions are known; moved on by their reader. `class_of`: what a code means."""
        self._places, self._class_of = places, class_of
        self._waiting = {partition: Waiting(partition) for partition in places}
        self._next = {partition: place.source + 1 for partition, place in places.items()}
        self.following = False

    @abstractmethod
    async def read(self) -> None:
        """`take` what lies from `_next` on, until the inbox is away or whoever reads it has fallen silent."""

    def behind_us(self, now: int) -> int:
        """How long the record that waits longest has waited."""
        since = [since for waiting in self._now().values() if (since := waiting.since()) is not None]
        return max(0, now - min(since, default=now))

    def waits(self, partition: int) -> bool:
        """See the port."""
        return partition in self._waiting and len(self._now()[partition]) > 0

    def stopped(self, now: int) -> tuple[StoppedPartition, ...]:
        """See the port."""
        found = (waiting.stopped(now) for waiting in self._now().values())
        return tuple(one for one in found if one is not None)

    def signals(self, partition: int) -> tuple[UndecidedSignal, ...]:
        """See the port."""
        return self._now()[partition].signals()

    def waiting_of(self, run: str) -> int:
        """How many signals that a receiver's run named are not yet decided."""
        return sum(waiting.of_run[run] for waiting in self._now().values())

    async def follow(self) -> None:
        """Read the inbox for ever, from the first record not known to be decided."""
        while True:
            try:
                await self.read()
            except (KafkaError, OSError, OffsetGone) as error:
                self.following = False
                _log.warning("inbox_watch.again", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)

    def take(self, partition: int, offset: int, stamp_us: int, value: bytes) -> None:
        """A record of the inbox; `stamp_us`: the broker's time."""
        self._next[partition] = offset + 1
        if not value.startswith(_TICK):
            raw = raw_signal(partition, offset, stamp_us, value, self._class_of)
            self._waiting[partition].append(offset, stamp_us, raw)

    def _now(self) -> Mapping[int, Waiting]:
        for partition, waiting in self._waiting.items():
            waiting.decided(self._places[partition].source)
        return self._waiting

"""Says every moment which lines were heard, also when it was none: a missing digest means that nobody received."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog

from services.ingest.ports import AppendFailed

if TYPE_CHECKING:
    from services.contracts.liveness import HeardDigest
    from services.ingest.domain.heard import HeardLines
    from services.ingest.ports import DigestLog

EVERY_S = 0.8  # silence is found within a second of its time-out, digest and decision included
PULSE_S = 0.4


class HeardTeller:
    """Of one receiver run. The pulse goes on while an append waits for its broker."""

    def __init__(
        self, heard: HeardLines, log: DigestLog, steady_us: Callable[[], int], ahead_us: Callable[[], int]
    ) -> None:
        """`steady_us`: a clock that nobody sets; `ahead_us`: by how much the time of day is before it."""
        self._heard = heard
        self._log = log
        self._steady_us = steady_us
        self._ahead_us = ahead_us
        self._is_away = False

    async def run(self) -> None:
        """Until cancelled; the doors are open from now on."""
        self._heard.begin(self._steady_us())
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pulse())
            group.create_task(self._tell_on())

    async def tell(self) -> None:
        """What was heard, to every partition."""
        digests = self._heard.digests(self._steady_us(), self._ahead_us())
        kept = await asyncio.gather(*(self._append(*its) for its in enumerate(digests)))
        if self._is_away != (not all(kept)):
            self._is_away = not self._is_away
            structlog.get_logger("ingest.heard").warning("digests", kept=not self._is_away)

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(PULSE_S)
            self._heard.awake(self._steady_us())

    async def _tell_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.tell()

    async def _append(self, partition: int, parts: Sequence[HeardDigest]) -> bool:
        try:
            for digest in parts:
                await self._log.append(partition, digest)
                self._heard.kept(partition, digest)
        except AppendFailed:
            return False
        return True

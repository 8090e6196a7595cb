"""Tells the desk of panels whose clock is wrong, once each; while the log is away, when it is there again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from services.contracts.receiving import ReceiverTroubled
from services.ingest.ports import AppendFailed, Inbox

if TYPE_CHECKING:
    from services.ingest.domain.panel_clocks import PanelClocks, WrongClock
    from services.ingest.handlers.intake import ReceiverRun

EVERY_S = 1.0
ANSWER_S = 10.0
_log = structlog.get_logger("ingest.clocks")


class ClockTeller:
    """Of one receiver run."""

    def __init__(self, clocks: PanelClocks, log: Inbox, me: ReceiverRun, now_us: Callable[[], int]) -> None:
        self._clocks = clocks
        self._log = log
        self._me = me
        self._now_us = now_us

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.tell()

    async def tell(self) -> None:
        """What is not told yet. Told twice, since its fate was unknown, it is known again by its times."""
        for wrong in tuple(self._clocks.untold.values()):
            try:
                async with asyncio.timeout(ANSWER_S):
                    await self._log.append([self._report(wrong)])
            except (AppendFailed, TimeoutError) as error:
                _log.info("panel_clock_waits", error=repr(error))
                return
            _log.warning("panel_clock_wrong", account=wrong.line.account, messages=wrong.count)
            self._clocks.told(wrong)

    def _report(self, wrong: WrongClock) -> ReceiverTroubled:
        return ReceiverTroubled(
            sender=self._me.sender,
            sent_at=self._now_us(),
            subject=wrong.line.site,
            trouble="panel_clock",
            since=wrong.since,
            until=wrong.until,
            count=wrong.count,
            account_space=wrong.line.account_space,
            account=wrong.line.account,
        )

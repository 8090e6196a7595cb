"""Reports the host's clock into the inbox once a minute; the router's rules judge it (`domain.clock`).

In a container the clock is the host's, and often nothing that the kernel shows there tells whether somebody
disciplines it. So a container reports only once its clock was seen synchronised; until then it says so in the log,
once, and whoever runs the host watches it. An alarm that nobody inside could ever put right would be noise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from services.alarm_router.handlers.reporting import report
from services.alarm_router.ports import Clock
from services.contracts.reports import HostClockMeasured
from services.eventsourcing.ports import EventLog
from services.runtime.host_clock import Measured

EVERY_S = 60.0

log = structlog.get_logger()


def subject_of(host: str) -> str:
    """How the inbox names a host."""
    return f"host/{host}"


class HostWatch:
    """One host's clock."""

    def __init__(
        self, host: str, *, inbox: EventLog, clock: Clock, measure: Callable[[], Measured], contained: bool
    ) -> None:
        """`inbox`: of the host's own partition. `measure` raises `OSError` where the kernel will not say."""
        self._subject = subject_of(host)
        self._inbox = inbox
        self._clock = clock
        self._measure = measure
        self._expected = not contained
        self._said = ""

    async def run(self, every_s: float = EVERY_S) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            measured = self.report()
            if measured is not None:
                await report(self._inbox, measured)  # one that is lost is no harm: the next comes in a minute

    def report(self) -> HostClockMeasured | None:
        """What is to be reported now, if anything is known."""
        try:
            measured = self._measure()
        except OSError as error:
            self._say_once(f"the kernel does not tell: {error}")
            return None
        self._expected = self._expected or measured.synchronised
        if not self._expected:
            self._say_once("nothing that this container sees disciplines its clock: watch it on the host")
            return None
        return HostClockMeasured(
            sender="router",
            sent_at=self._clock(),
            subject=self._subject,
            synchronised=measured.synchronised,
            offset_us=measured.offset_us,
            error_us=measured.error_us,
        )

    def _say_once(self, why: str) -> None:
        if why != self._said:
            log.warning("host clock is not watched", synchronised=False, why=why)
            self._said = why

"""The signal log that goes on while the log behind it is away: what that does not confirm in time goes to the disk.

While anything waits in the spool, all that comes goes behind it, so that no signal of a line overtakes another. It
is brought into the log in that order and forgotten when the log has it. A signal keeps its id on the way: what is
brought twice (a crash before it was forgotten, an append that took effect and was not confirmed) is the same signal
to the core. Towards the end a gate is closed for the moment that the last of it takes, since a steady load would
keep the spool alive for ever. If log and disk both fail, nothing is confirmed, and a supervisor is told as soon as
there is a way to tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec
import structlog

from services.contracts.receiving import ReceiverTroubled
from services.ingest.ports import AppendFailed, Entry, Inbox, Segment, Signal, Spool

if TYPE_CHECKING:
    from services.contracts.receiving import Trouble
    from services.ingest.domain.accounting import Accounting, Troubled
    from services.ingest.handlers.intake import ReceiverRun

MOST = 1_000  # signals of one append; so many are brought over before a panel notices that the gate is closed

_log = structlog.get_logger("ingest.spool")


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds. Panels wait 5 s and more for an answer.

    `log`: for an append, before it goes to the disk; `disk`: for the disk; `drain`: for an append of what waited, by
    a broker that came back and has much to do; `retry`: before the next attempt to bring it over.
    """

    log: float = 1.5
    disk: float = 5.0
    drain: float = 10.0
    retry: float = 0.5


USUAL = Patience()


class SpooledLog:
    """`SignalLog` over another one and a spool. Somebody must run `drain`."""

    def __init__(  # noqa: PLR0913 - what it stands on, and whom it counts for
        self,
        log: Inbox,
        spool: Spool,
        accounting: Accounting,
        me: ReceiverRun,
        now_us: Callable[[], int],
        patience: Patience = USUAL,
    ) -> None:
        """`accounting`: of the run `me`; another run's signals that are found are not counted."""
        self._log = log
        self._spool = spool
        self._accounting = accounting
        self._me = me
        self._now_us = now_us
        self._patience = patience
        self._keeping = 0  # calls on their way to the disk
        self._one_ended = asyncio.Event()
        self._gate = asyncio.Event()
        self._gate.set()
        self._behind = asyncio.Event()
        if spool.waiting:
            _log.warning("spool_found", signals=spool.waiting, bytes=spool.size)
            self._behind.set()

    async def append(self, records: Sequence[Signal]) -> None:
        """See the port. Returns when the log has the records, or the disk."""
        await self._gate.wait()
        if not self._behind.is_set():
            try:
                async with asyncio.timeout(self._patience.log):
                    await self._log.append(records)
            except (AppendFailed, TimeoutError) as error:
                self._fall_behind(error)
            else:
                return
        await self._keep(records)

    async def drain(self) -> None:
        """Bring what waits into the log whenever it takes it again; for ever."""
        while True:
            await self._behind.wait()
            try:
                await self._catch_up()
            except (AppendFailed, TimeoutError) as error:
                self._gate.set()
                _log.info("spool_waits", signals=self._spool.waiting, error=repr(error))
                await asyncio.sleep(self._patience.retry)

    def _fall_behind(self, error: Exception) -> None:
        if not self._behind.is_set():
            _log.warning("log_away_signals_go_to_the_disk", error=repr(error))
            self._behind.set()

    async def _keep(self, records: Sequence[Signal]) -> None:
        self._keeping += 1
        try:
            async with asyncio.timeout(self._patience.disk):
                await self._spool.keep(records)
        except (AppendFailed, TimeoutError) as error:
            self._accounting.trouble("not_kept", self._now_us(), len(records))
            _log.critical("signals_not_kept", signals=len(records), error=repr(error))
            msg = f"neither the log nor the disk took the records: {error!r}"
            raise AppendFailed(msg) from error
        finally:
            self._keeping -= 1
            self._one_ended.set()
        self._accounting.spooled += len(records)

    async def _catch_up(self) -> None:
        """Until nothing waits and nothing is on its way there. Raises as soon as the log takes no more.

        The gate is closed only once the log has shown that it is back: while it is away nobody waits for it.
        """
        is_back = False
        while self._keeping or self._spool.waiting or self._accounting.troubles:
            if is_back and self._spool.waiting <= MOST:
                self._gate.clear()
            segment = await self._spool.oldest()
            if segment is not None:
                await self._bring_over(segment)
                is_back = True
            elif self._keeping:
                self._one_ended.clear()
                await self._one_ended.wait()
            else:
                await self._tell()
        self._accounting.spooled = 0
        self._behind.clear()
        self._gate.set()
        _log.info("spool_empty")

    async def _bring_over(self, segment: Segment) -> None:
        for at in range(0, len(segment.signals), MOST):
            await self._log_takes(segment.signals[at : at + MOST])
        if segment.damaged:
            self._accounting.trouble("spool_damaged", self._now_us(), segment.damaged)
            _log.critical("spool_damaged", segment=segment.number, lines=segment.damaged)
        await self._spool.forget(segment)
        mine = sum(signal.id.run == self._me.run for signal in segment.signals)
        self._accounting.spooled = max(0, self._accounting.spooled - mine)

    async def _log_takes(self, records: Sequence[Entry]) -> None:
        """With the gate closed somebody waits for this: then no longer than for any append."""
        async with asyncio.timeout(self._patience.drain if self._gate.is_set() else self._patience.log):
            await self._log.append(records)

    async def _tell(self) -> None:
        """The troubles, now that there is a way to tell them."""
        for kind, troubled in tuple(self._accounting.troubles.items()):
            await self._log_takes([self._report(kind, troubled)])
            if self._accounting.troubles[kind] == troubled:
                del self._accounting.troubles[kind]

    def _report(self, kind: Trouble, troubled: Troubled) -> ReceiverTroubled:
        return ReceiverTroubled(
            sender=self._me.sender,
            sent_at=self._now_us(),
            subject=f"receiver/{self._me.host}",
            trouble=kind,
            since=troubled.since,
            until=troubled.until,
            count=troubled.count,
        )

"""Receiving: reports become signals with an id, a time and a subject, and are kept before anyone is answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import line_key, shell_site
from services.ingest.domain.dc09_frame import Frame, UnreadableBody, acknowledge, clock_deviation, unable
from services.ingest.domain.report import Report, UnreadableReport, reports_of
from services.ingest.ports import AppendFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.ingest.domain.report import AnyReport
    from services.ingest.ports import LineDirectory, Signal, SignalLog

Reports: TypeAlias = "Sequence[AnyReport]"


@dataclass(slots=True)
class _Line:
    """One account line: its counter, its order, and what was sent last and never confirmed."""

    key: str
    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    counter: int = 0
    doubtful: tuple[Reports, list[Signal]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverRun:
    """Who receives: this run (uuid7), the sender's name in the inbox, the space its accounts belong to."""

    run: str
    sender: str
    account_space: str


class Intake:
    """Takes reports of one receiver run.

    A line's reports are kept one after the other: the core holds one high-water mark per line, so a
    counter must never be overtaken by a higher one. If an append fails, its fate is unknown; when the panel
    sends the very same bytes again and nothing of that line came between, the signals go out with the same ids,
    and the core sees them once. After anything else of the line they would be below its mark, so they get new
    ids and the core recognises the repetition by sequence, code and panel time.
    """

    def __init__(
        self,
        log: SignalLog,
        directory: LineDirectory,
        me: ReceiverRun,
        now_us: Callable[[], int],
        append_seconds: float = 10.0,
    ) -> None:
        """`append_seconds`: after that a panel is not answered."""
        self._log = log
        self._directory = directory
        self._run = me.run
        self._sender = me.sender
        self._space = me.account_space
        self._now_us = now_us
        self._append_seconds = append_seconds
        self._lines: dict[str, _Line] = {}

    async def keep(self, account: str, reports: Reports) -> list[Signal]:
        """Keep the reports of one account durably, in order, and return them as signals.

        Raises `AppendFailed` when that could not be confirmed: then nothing may be acknowledged.
        """
        line = self._line(account)
        async with line.order:
            signals = self._signals(line, account, reports)
            line.doubtful = (reports, signals)
            await self._append(signals)
            line.doubtful = None
        return signals

    async def _append(self, signals: Sequence[Signal]) -> None:
        try:
            async with asyncio.timeout(self._append_seconds):
                await self._log.append(signals)
        except TimeoutError as error:
            msg = f"the log did not confirm within {self._append_seconds:g} s"
            raise AppendFailed(msg) from error

    def _line(self, account: str) -> _Line:
        key = line_key(self._space, account)
        return self._lines.setdefault(key, _Line(key))

    def _signals(self, line: _Line, account: str, reports: Reports) -> list[Signal]:
        if line.doubtful is not None and line.doubtful[0] == reports:
            return line.doubtful[1]
        subject = self._directory.site_of(self._space, account) or shell_site(self._space, account)
        return [self._signal(line, subject, report) for report in reports]

    def _signal(self, line: _Line, subject: str, report: AnyReport) -> Signal:
        line.counter += 1
        signal_id = SignalId(run=self._run, line=line.key, counter=line.counter)
        now = self._now_us()
        if isinstance(report, UnreadableReport):
            return self._malformed(signal_id, subject, report, now)
        return self._received(signal_id, subject, report, now)

    def _malformed(
        self, signal_id: SignalId, subject: str, report: UnreadableReport, now: int
    ) -> SignalMalformed:
        return SignalMalformed(
            id=signal_id,
            sender=self._sender,
            sent_at=now,
            received_at=now,
            subject=subject,
            account_space=self._space,
            account=report.account,
            reason=report.reason,
            raw=report.raw,
        )

    def _received(self, signal_id: SignalId, subject: str, report: Report, now: int) -> SignalReceived:
        return SignalReceived(
            id=signal_id,
            sender=self._sender,
            sent_at=now,
            received_at=now,
            subject=subject,
            protocol=report.protocol,
            account_space=self._space,
            account=report.account,
            sequence=report.sequence,
            qualifier=report.qualifier,
            code=report.code,
            area=report.area,
            zone=report.zone,
            panel_time=report.panel_time,
            deviations=report.deviations + clock_deviation(report.panel_time, now),
            raw=report.raw,
        )


async def answer_frame(intake: Intake, received: Frame | UnreadableBody) -> bytes:
    """Keep what the frame reports and return the answer to it. Raises `AppendFailed`: then there is none.

    ACK means that it is durably kept. What we cannot read is kept as malformed and answered with DUH, so that
    both sides know; an encrypted supervision message says nothing, and only DUH is true of it.
    """
    reports = reports_of(received)
    if reports:
        await intake.keep(reports[0].account, reports)
    if isinstance(received, UnreadableBody) or received.encrypted:
        return unable(received)
    if any(isinstance(report, UnreadableReport) for report in reports):
        return unable(received)
    return acknowledge(received)

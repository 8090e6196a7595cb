"""Takes the reports of one receiver run and says when they are kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import TypeAlias

import msgspec
import structlog

from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import line_key, partition_of, shell_site
from services.ingest.domain.accounting import Accounting
from services.ingest.domain.dc09_frame import clock_deviation
from services.ingest.domain.heard import NOT_KNOWN, HeardLines, Life
from services.ingest.domain.limits import MAX_SPACE, MAX_SUBJECT, OutOfBounds, within_limits
from services.ingest.domain.line_book import NOT_KEPT
from services.ingest.domain.panel_clocks import PanelClocks
from services.ingest.domain.report import WITHOUT_ITS_KEY, AnyReport, Report, UnreadableReport
from services.ingest.handlers.lane import Lane
from services.ingest.ports import LANES, AppendFailed, Keyring, LineDirectory, Signal, SignalLog

Reports: TypeAlias = "Sequence[AnyReport]"
MOST_DOUBTFUL = 4_096  # lines
DOUBTFUL_US = 600_000_000  # as long as the router takes a likeness for a repetition: its `RETRANSMIT_US`

_shell_site = lru_cache(4_096)(shell_site)


class ReportRefused(Exception):
    """The report is out of bounds and goes nowhere; the same one again will be refused again."""

    def __init__(self, reason: str) -> None:
        """`reason`: as counted."""
        super().__init__(reason)
        self.reason = reason


class ReceiverRun(msgspec.Struct, frozen=True, kw_only=True):
    """Who receives: this run (uuid7), the sender's name in the inbox, the space its accounts belong to, the host.

    `life`: which of the receiver's lives the run is, as its folder knows.
    """

    run: str
    sender: str
    account_space: str
    host: str = ""
    life: Life = NOT_KNOWN

    def __post_init__(self) -> None:
        """Refuse a space that would make records large."""
        if len(self.account_space) > MAX_SPACE or not self.account_space.isprintable():
            raise ValueError(f"the account space must be at most {MAX_SPACE} printable characters")


class _Offer(msgspec.Struct, eq=False):
    """Reports of one account on their way. Its signals are made when the line's earlier ones are decided."""

    line: str
    account: str
    reports: Reports
    at: int  # when it was received
    kept: asyncio.Future[list[Signal]]


class Intake:
    """Gives signals their ids and brings them into the inbox, a line's one after the other.

    One counter serves all lines of the run, so no line leaves anything behind that could be counted anew: the
    core holds one high-water mark per line and run, and lower or equal is the same signal again. If an append
    fails, its fate is unknown; when the panel sends the very same bytes again within `DOUBTFUL_US` and nothing of
    that line came between, the signals go out with the same ids, and the core sees them once. After anything else of
    the line they would be below its mark, and after a longer time they may be news, so they get new ids and the core
    judges the repetition by sequence, code and panel time; so it does for what was forgotten beyond
    `MOST_DOUBTFUL` lines.
    """

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        log: SignalLog,
        directory: LineDirectory,
        me: ReceiverRun,
        now_us: Callable[[], int],
        append_seconds: float = 10.0,
        accounting: Accounting | None = None,
        keyring: Keyring | None = None,
        steady_us: Callable[[], int] | None = None,
    ) -> None:
        """`append_seconds`: an append that is not confirmed then has failed, and a panel gets no answer.

        `keyring`: opens the keys of lines; without one every encrypted frame stays closed. `steady_us`: a clock that
        nobody sets, by which lines are heard; `now_us` where there is none beside it.
        """
        self.accounting = accounting or Accounting(now_us)
        self._directory = directory
        self._keyring = keyring
        self._run = me.run
        self._sender = me.sender
        self._space = me.account_space
        self.now_us = now_us
        self._steady_us = steady_us or now_us
        self.heard = HeardLines(me.run, self._steady_us(), me.life)
        self.clocks = PanelClocks()
        self._counter = 0
        self._lanes = tuple(Lane(log, append_seconds) for _ in range(LANES))
        self._busy: dict[str, deque[_Offer]] = {}
        self._doubtful: OrderedDict[str, tuple[Reports, list[Signal]]] = OrderedDict()

    @property
    def run(self) -> str:
        """The run of this receiver; the accounting is of it alone."""
        return self._run

    @property
    def lines_held(self) -> int:
        """Lines that memory is spent on: those with something on its way or of unknown fate."""
        return len(self._busy) + len(self._doubtful)

    def site_of(self, account: str) -> str | None:
        """Whose line this account is, as this receiver knows it now; None: nobody's."""
        return self._directory.site_of(self._space, account)

    def hear(self, account: str) -> None:
        """Note that the panel of this account is there: it sent a valid frame, whatever it said."""
        line = self._directory.line_of(self._space, account)
        if line is not None:
            name = line_key(line.account_space, line.account)
            self.heard.hear(partition_of(line.site), name, self._steady_us())

    def key_of(self, account: str) -> bytes | None:
        """The key of this account's panel. None: it has none, or none that this installation can open."""
        line = self._directory.line_of(self._space, account)
        if line is None or line.key is None or self._keyring is None:
            return None
        try:
            return self._keyring.open(line.key)
        except ValueError as error:
            structlog.get_logger("ingest").error("line_key_unreadable", account=account, why=str(error))
            return None

    def in_time(self, account: str) -> None:
        """Note that the clock of this account's panel is right."""
        line = self._directory.line_of(self._space, account)
        if line is not None:
            self.clocks.right(line)

    def turn_away(self, account: str) -> None:
        """Count what was received of this account outside its time, and goes nowhere."""
        name, now = line_key(self._space, account), self.now_us()
        self.accounting.lines.receive(name, now, 1)
        self.accounting.refuse_of(name, now, "outside_time_window", 1)
        line = self._directory.line_of(self._space, account)
        if line is not None:
            self.clocks.wrong(line, now)

    def offer(self, account: str, reports: Reports) -> asyncio.Future[list[Signal]]:
        """Keep the reports of one account durably, in order; the future gives them as signals.

        Its errors: `ReportRefused`, and `AppendFailed` when nothing may be acknowledged. Whoever offers has
        counted the reports as received; what becomes of them is counted here.
        """
        kept: asyncio.Future[list[Signal]] = asyncio.get_running_loop().create_future()
        line, now = line_key(self._space, account), self.now_us()
        self.accounting.lines.receive(line, now, len(reports))
        bounded = [within_limits(report) for report in reports]
        for report in bounded:
            if isinstance(report, OutOfBounds):
                self.accounting.refuse_of(line, now, report.reason, len(reports))
                kept.set_exception(ReportRefused(report.reason))
                return kept
        within = [report for report in bounded if not isinstance(report, OutOfBounds)]
        if any(isinstance(report, Report) and WITHOUT_ITS_KEY not in report.deviations for report in within):
            self.hear(account)
        self._queue(_Offer(line, account, within, now, kept))
        return kept

    async def close(self) -> None:
        """Give up what is on its way: it was not confirmed, and its senders will send it again."""
        while self._busy:
            await asyncio.gather(*(lane.close() for lane in self._lanes))

    def _queue(self, offer: _Offer) -> None:
        waiting = self._busy.get(offer.line)
        if waiting is not None:
            waiting.append(offer)
            return
        self._busy[offer.line] = deque()
        self._begin(offer)

    def _begin(self, offer: _Offer) -> None:
        signals = self._signals(offer)
        lane = self._lanes[partition_of(signals[0].subject) % LANES]
        lane.add(signals, partial(self._ended, offer, signals))

    def _ended(self, offer: _Offer, signals: list[Signal], failure: AppendFailed | None) -> None:
        self._settle(offer, signals, failure)
        waiting = self._busy[offer.line]
        if waiting:
            self._begin(waiting.popleft())
        else:
            del self._busy[offer.line]

    def _settle(self, offer: _Offer, signals: list[Signal], failure: AppendFailed | None) -> None:
        at = signals[0].received_at
        if failure is None:
            self.accounting.record(offer.line, at, len(signals))
        else:
            self.accounting.refuse_of(offer.line, at, NOT_KEPT, len(signals))
            self._doubt(offer, signals)
        if offer.kept.done():  # whoever asked has gone
            return
        if failure is None:
            offer.kept.set_result(signals)
        else:
            offer.kept.set_exception(failure)

    def _doubt(self, offer: _Offer, signals: list[Signal]) -> None:
        self._doubtful[offer.line] = (offer.reports, signals)
        if len(self._doubtful) > MOST_DOUBTFUL:
            self._doubtful.popitem(last=False)

    def _signals(self, offer: _Offer) -> list[Signal]:
        reports, signals = self._doubtful.pop(offer.line, ((), []))
        if signals and reports == offer.reports and abs(offer.at - signals[0].received_at) <= DOUBTFUL_US:
            self.accounting.lines.move(offer.line, offer.at, signals[0].received_at, len(reports))
            return signals
        subject = self._subject(offer.account)
        return [self._signal(offer, subject, report) for report in offer.reports]

    def _subject(self, account: str) -> str:
        site = self.site_of(account)
        if site is None or len(site) > MAX_SUBJECT:
            return _shell_site(self._space, account)
        return site

    def _signal(self, offer: _Offer, subject: str, report: AnyReport) -> Signal:
        self._counter += 1
        signal_id, now = SignalId(run=self._run, line=offer.line, counter=self._counter), offer.at
        if isinstance(report, UnreadableReport):
            return self._malformed(signal_id, subject, report, now)
        return self._received(signal_id, subject, report, now)

    def _malformed(
        self, signal_id: SignalId, subject: str, report: UnreadableReport, now: int
    ) -> SignalMalformed:
        return SignalMalformed(
            id=signal_id,
            sender=self._sender,
            sent_at=self.now_us(),
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
            sent_at=self.now_us(),
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

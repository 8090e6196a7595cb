"""One peer that speaks DC-09: bytes in, answers out, in order, one frame in flight. The shell moves the bytes.

An ACK means that it is durably kept. What we cannot read is kept as malformed and answered with DUH, so that both
sides know; what is out of bounds is answered with DUH and goes nowhere; so is an encrypted supervision message that
no key opens. An encrypted message whose clock is off is answered with NAK and our time, and goes nowhere: it may be
an old one that somebody recorded (DC-09-2013, 5.5.1.9). If keeping fails there is no answer and the conversation is over: the panel
sends again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from secrets import token_bytes

import msgspec
import structlog

from services.ingest.domain.dc09_cipher import NOISE, acknowledge_sealed, is_in_time, opened
from services.ingest.domain.dc09_frame import Frame, UnreadableBody, acknowledge, refuse, unable
from services.ingest.domain.dc09_stream import (
    Dc09Stream,
    FrameReceived,
    FrameRejected,
    StreamBroken,
    StreamEvent,
)
from services.ingest.domain.report import WITHOUT_ITS_KEY, AnyReport, UnreadableReport, reports_of
from services.ingest.handlers.intake import Intake, ReportRefused, Reports
from services.ingest.ports import AppendFailed, Signal


class Said(msgspec.Struct, frozen=True, gc=False):
    """A frame as far as it could be opened: `key` is what opened it, `closed` why nothing did."""

    frame: Frame | UnreadableBody
    key: bytes = b""
    closed: str = ""


ENDED = ""  # the peer had said everything and was answered


class Conversation:
    """`say` writes an answer; `end` is called once, with why the conversation is over (`ENDED`: as it should be)."""

    def __init__(
        self, intake: Intake, source: str, say: Callable[[bytes], None], end: Callable[[str], None]
    ) -> None:
        """`source`: as counted, "dc09_tcp"."""
        self._intake = intake
        self._accounting = intake.accounting
        self._source = source
        self._say = say
        self._end = end
        self._stream = Dc09Stream()
        self._events: deque[StreamEvent] = deque()
        self._hung_up = False
        self._in_flight = False
        self.over = False

    @property
    def inside_frame(self) -> bool:
        """Whether part of a frame is there and the rest awaited."""
        return self._stream.inside_frame

    @property
    def behind(self) -> bool:
        """Whether a frame is in flight and more wait for it: read no further."""
        return bool(self._events)

    def receive(self, chunk: bytes) -> bool:
        """Take the next bytes, split anywhere. Whether a frame, good or bad, ended in them."""
        return self._take(self._stream.receive(chunk))

    def hang_up(self) -> None:
        """Take note that the peer will say no more; what it said is still answered."""
        self._hung_up = True
        self._take(self._stream.end())

    def time_out(self) -> None:
        """Take note that the shell's deadline for a frame passed."""
        self._take(self._stream.time_out())

    def leave(self, reason: str = "connection_lost") -> None:
        """Take note that the peer cannot be answered any more. What is in flight is kept all the same."""
        if not self.over:
            self._finish(reason)

    def _take(self, events: Sequence[StreamEvent]) -> bool:
        if self.over:
            return False
        whole = sum(not isinstance(event, StreamBroken) for event in events)
        self._accounting.receive(self._source, whole)
        self._events.extend(events)
        self._go_on()
        return bool(events)

    def _go_on(self) -> None:
        while self._events and not self._in_flight and not self.over:
            self._handle(self._events.popleft())
        if self._hung_up and not (self._events or self._in_flight or self.over):
            self._finish(ENDED)

    def _handle(self, event: StreamEvent) -> None:
        match event:
            case FrameReceived(frame=frame):
                self._keep(frame)
            case FrameRejected(reason=reason, raw=raw):
                self._accounting.refuse(reason)
                structlog.get_logger("ingest.dc09").info("frame_refused", reason=reason, raw=repr(raw))
            case StreamBroken(reason=reason):
                self._finish(reason)

    def _open(self, frame: Frame | UnreadableBody) -> Said:
        if isinstance(frame, UnreadableBody) or not frame.encrypted:
            return Said(frame)
        key = self._intake.key_of(frame.account.upper())
        if key is None:
            return Said(frame, closed="no_key")
        clear = opened(frame, key)
        return Said(frame, closed="wrong_key") if clear is None else Said(clear, key=key)

    def _keep(self, frame: Frame | UnreadableBody) -> None:
        said = self._open(frame)
        if said.key and isinstance(said.frame, Frame):
            if not is_in_time(said.frame, self._intake.now_us()):
                self._intake.turn_away(said.frame.account.upper())
                self._say(refuse(said.frame, self._intake.now_us()))
                return
            self._intake.in_time(said.frame.account.upper())
        reports = self._with_their_key(said, reports_of(said.frame, said.closed))
        if not reports:
            self._supervise(said)
            return
        self._in_flight = True
        self._accounting.receive(self._source, len(reports) - 1)
        kept = self._intake.offer(reports[0].account, reports)
        kept.add_done_callback(partial(self._decided, said, reports))

    def _supervise(self, said: Said) -> None:
        """The panel of a line that has a key is heard by that key alone: anybody can send a poll."""
        self._accounting.refuse("supervision")
        if isinstance(said.frame, Frame) and not said.frame.encrypted:
            account = said.frame.account.upper()
            if self._intake.key_of(account) in {None, said.key}:
                self._intake.hear(account)
        self._say(self._answer(said, ()))

    def _with_their_key(self, said: Said, reports: Reports) -> Reports:
        """Named where their line has a key and they came without it, or with another line's."""
        if not reports or self._intake.key_of(reports[0].account) in {None, said.key}:
            return reports
        return [_without_key(report) for report in reports]

    def _decided(self, said: Said, reports: Reports, kept: asyncio.Future[list[Signal]]) -> None:
        self._in_flight = False
        failure = kept.exception()
        if self.over:
            return
        match failure:
            case None:
                self._say(self._answer(said, reports))
            case ReportRefused(reason=reason):
                structlog.get_logger("ingest.dc09").warning("report_refused", reason=reason)
                self._say(unable(said.frame))
            case AppendFailed():
                structlog.get_logger("ingest.dc09").warning("frame_not_kept", error=str(failure))
                self._finish("not_kept")
            case _:
                self._finish("internal")
                raise failure
        self._go_on()

    def _answer(self, said: Said, reports: Reports) -> bytes:
        frame = said.frame
        if isinstance(frame, UnreadableBody) or frame.encrypted:
            return unable(frame)
        if any(isinstance(report, UnreadableReport) for report in reports):
            return unable(frame)
        if said.key:
            return acknowledge_sealed(frame, said.key, self._intake.now_us(), token_bytes(NOISE))
        return acknowledge(frame)

    def _finish(self, reason: str) -> None:
        """Frames behind the last answer were received and go nowhere; the panel will send them again."""
        self.over = True
        left = sum(not isinstance(event, StreamBroken) for event in self._events)
        self._events.clear()
        if left:
            self._accounting.refuse("conversation_over", left)
        if reason != ENDED:
            self._accounting.ended[reason] += 1
        self._end(reason)


def _without_key(report: AnyReport) -> AnyReport:
    if isinstance(report, UnreadableReport):
        return report
    return msgspec.structs.replace(report, deviations=(*report.deviations, WITHOUT_ITS_KEY))

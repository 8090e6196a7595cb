"""The receiver's end of one DC-09 connection, without I/O: bytes in, events out.

The shell feeds what arrives to `receive` and does what each event says. It watches one clock: while
`inside_frame` is true, the frame must be whole within the shell's deadline, else it calls `time_out`.
At most `max_frame` bytes are held, whatever is sent. What follows no form gets no answer, and reading goes on at
the next LF, for `patience` times in a row. A frame with a wrong CRC or length, and anything without an end, break
the stream: the connection is to be closed without an answer, and the panel sends again (DC-09-2013, 5.5).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from services.ingest.domain.dc09_frame import LF, Frame, UnreadableBody, open_envelope, read_body

MAX_FRAME = 8192
PATIENCE = 8
SHOWN = 64  # bytes of bad input that an event carries

RejectReason: TypeAlias = Literal["envelope", "crc", "length", "cut"]
BreakReason: TypeAlias = Literal[
    "too_long", "noise", "damaged_frame", "silent_inside_frame", "ended_inside_frame", "too_many_rejected"
]


class FrameReceived(msgspec.Struct, frozen=True, gc=False):
    """A whole frame with CRC and length right; to be answered, before the next is handled."""

    frame: Frame | UnreadableBody


class FrameRejected(msgspec.Struct, frozen=True, gc=False):
    """A frame whose envelope did not hold: no answer. `raw` is its beginning."""

    reason: RejectReason
    raw: bytes


class StreamBroken(msgspec.Struct, frozen=True, gc=False):
    """Nothing more will be read: close the connection. `raw` is the beginning of what was held."""

    reason: BreakReason
    raw: bytes


_DAMAGED = frozenset({"crc", "length"})

StreamEvent: TypeAlias = FrameReceived | FrameRejected | StreamBroken


class Dc09Stream:
    """State of one connection. `broken` is final; what arrives then is thrown away."""

    def __init__(self, max_frame: int = MAX_FRAME, patience: int = PATIENCE) -> None:
        """`max_frame`: most bytes between LF and CR; `patience`: rejected frames in a row before the end."""
        self._max = max_frame
        self._patience = patience
        self._held = bytearray()
        self._started = False
        self._noise = 0
        self._rejected = 0
        self.broken = False

    @property
    def inside_frame(self) -> bool:
        """Whether part of a frame is held and the rest awaited."""
        return self._started and bool(self._held)

    @property
    def held(self) -> int:
        """Bytes held, at most `max_frame`."""
        return len(self._held)

    def receive(self, chunk: bytes) -> list[StreamEvent]:
        """Take the next bytes, split anywhere, and say what follows."""
        events: list[StreamEvent] = []
        at = 0
        while at < len(chunk) and not self.broken:
            at = self._inside(chunk, at, events) if self._started else self._between(chunk, at, events)
        return events

    def end(self) -> list[StreamEvent]:
        """Take note that the peer closed its side."""
        return [self._break("ended_inside_frame")] if self.inside_frame and not self.broken else []

    def time_out(self) -> list[StreamEvent]:
        """Take note that the shell's deadline for a frame passed."""
        return [self._break("silent_inside_frame")] if self.inside_frame and not self.broken else []

    def _between(self, chunk: bytes, at: int, events: list[StreamEvent]) -> int:
        """Skip to the next LF. Line ends and NULs are usual there, anything else is counted as noise."""
        start = chunk.find(b"\n", at)
        stop = len(chunk) if start < 0 else start
        self._noise += len(chunk[at:stop].translate(None, b"\r\0 "))
        if self._noise > self._max:
            events.append(self._break("noise"))
        self._started = start >= 0
        return stop + 1

    def _inside(self, chunk: bytes, at: int, events: list[StreamEvent]) -> int:
        """Take up to CR, or to an LF, which begins another frame and cuts this one."""
        ends = [end for end in (chunk.find(b"\r", at), chunk.find(b"\n", at)) if end >= 0]
        stop = min(ends, default=len(chunk))
        self._held += chunk[at : min(stop, at + self._max + 1 - len(self._held))]
        if len(self._held) > self._max:
            events.append(self._break("too_long"))
        elif stop < len(chunk):
            self._close(events, cut=chunk[stop : stop + 1] == LF)
        return stop + 1

    def _close(self, events: list[StreamEvent], *, cut: bool) -> None:
        between = bytes(self._held)
        self._held.clear()
        self._started = cut
        if not between:
            return
        event = FrameRejected("cut", between[:SHOWN]) if cut else _opened(between)
        events.append(event)
        self._noise = 0
        self._rejected = self._rejected + 1 if isinstance(event, FrameRejected) else 0
        if isinstance(event, FrameRejected) and event.reason in _DAMAGED:
            events.append(self._break("damaged_frame"))
        elif self._rejected >= self._patience:
            events.append(self._break("too_many_rejected"))

    def _break(self, reason: BreakReason) -> StreamBroken:
        raw = bytes(self._held[:SHOWN])
        self._held.clear()
        self._started = False
        self.broken = True
        return StreamBroken(reason, raw)


def _opened(between: bytes) -> FrameReceived | FrameRejected:
    body = open_envelope(between)
    if isinstance(body, bytes):
        return FrameReceived(read_body(body))
    return FrameRejected(body, between[:SHOWN])

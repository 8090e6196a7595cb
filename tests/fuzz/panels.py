"""What panels send, whatever it is: DC-09 over TCP and UDP, in clear and encrypted, and signals over HTTP."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import from_json

from services.contracts.codec import decode_inbox, encode
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import SignalId
from services.ingest.adapters.http import _MANY, MAX_ITEMS, _where
from services.ingest.domain.dc09_cipher import (
    BLOCK,
    NOISE,
    acknowledge_sealed,
    is_in_time,
    opened,
    sealed_content,
)
from services.ingest.domain.dc09_content import MAX_EVENTS
from services.ingest.domain.dc09_frame import (
    Frame,
    UnreadableBody,
    acknowledge,
    open_envelope,
    read_body,
    refuse,
    seal,
    unable,
)
from services.ingest.domain.dc09_stream import MAX_FRAME, SHOWN, Dc09Stream, FrameReceived, StreamEvent
from services.ingest.domain.limits import OutOfBounds, within_limits
from services.ingest.domain.report import AnyReport, Report, reports_of
from tests.fuzz.law import Target, drawn, only

KEY = bytes(range(32))
NOW_US = 1_800_000_000_000_000
MOST_RECORD = 16_384  # bytes of one signal in the inbox (services/ingest/domain/limits.py)
MOST_BODY = 0xFFF  # the length has three digits


def heard(data: bytes, first: int) -> list[StreamEvent]:
    """The stream's events when the bytes come in two pieces; nothing more than a frame is ever held."""
    stream = Dc09Stream()
    events: list[StreamEvent] = []
    for piece in (data[:first], data[first:]):
        events += stream.receive(piece)
        assert stream.held <= MAX_FRAME
    return events + stream.end()


def stream_law(data: bytes) -> None:
    """Where the bytes are cut changes nothing, what is told of bad ones is bounded, and a frame can be answered."""
    cut, data = drawn(data, 256)
    events = heard(data, cut)
    assert events == heard(data, 0)
    for event in events:
        if isinstance(event, FrameReceived):
            answerable(event.frame)
        else:
            assert len(event.raw) <= SHOWN


def body_law(data: bytes) -> None:
    """A body in a right envelope arrives whole; what it reports fits the inbox."""
    body = data[:MOST_BODY].translate(None, b"\r\n")
    between = seal(body)[1:-1]
    if body[:1] != b'"':
        assert open_envelope(between) == "envelope"
    else:
        assert open_envelope(between) == body
    answerable(read_body(body))


def encrypted_law(data: bytes) -> None:
    """What a panel with the key sends is opened as it was meant; what stands there without it is never an error."""
    how, data = drawn(data, 4)
    if how == 0:
        frame = read_body(b'"*ADM-CID"0001L0#1234[' + data.translate(None, b"\r\n"))
        assert isinstance(frame, Frame)
        answerable(opened(frame, KEY) or frame)
        return
    clear = b"|" + data[: MOST_BODY // 4].translate(None, b"[]|" if how == 1 else b"") + b"]"
    sent = b'"*ADM-CID"0001L0#1234[' + sealed_content(clear, KEY, bytes(range(NOISE)))
    frame = read_body(sent)
    assert isinstance(frame, Frame) and frame.encrypted
    read = opened(frame, KEY)
    if how == 1:
        plain = clear[1:-1]
        assert (read is not None) == plain.startswith(b"#1234")
        assert read is None or (read.data, read.encrypted) == (plain, False)
    if read is not None:
        is_in_time(read, NOW_US)
        answerable(read)
        echo = read_body(acknowledge_sealed(read, KEY, NOW_US, bytes(NOISE))[9:-1])
        assert isinstance(echo, Frame) and opened(echo, KEY) is not None
        assert len(echo.data) % (2 * BLOCK) == 0


def answerable(frame: Frame | UnreadableBody) -> None:
    """Its answers are frames that echo it, and its reports are records that fit."""
    answers = [unable(frame)]
    if isinstance(frame, Frame):
        answers += [acknowledge(frame), refuse(frame, NOW_US)]
    for answer in answers:
        body = open_envelope(answer[1:-1])
        assert isinstance(body, bytes)
        assert frame.header in body
    reports = reports_of(frame)
    assert len(reports) <= MAX_EVENTS
    for report in reports:
        recorded(report)


def recorded(report: AnyReport) -> None:
    """The report as the inbox takes it, if it takes it, is read again as it was."""
    kept = within_limits(report)
    if isinstance(kept, OutOfBounds):
        return
    signal = signal_of(kept)
    value = encode(signal)
    assert len(value) <= MOST_RECORD
    assert decode_inbox(value) == signal


def signal_of(report: AnyReport) -> SignalReceived | SignalMalformed:
    """As the intake makes it."""
    at = SignalId(run="r", line="default/1", counter=1)
    if not isinstance(report, Report):
        return SignalMalformed(
            id=at,
            sender="ingest",
            sent_at=NOW_US,
            received_at=NOW_US,
            subject="site",
            account_space="default",
            account=report.account,
            reason=report.reason,
            raw=report.raw,
        )
    return SignalReceived(
        id=at,
        sender="ingest",
        sent_at=NOW_US,
        received_at=NOW_US,
        subject="site",
        account_space="default",
        protocol=report.protocol,
        account=report.account,
        sequence=report.sequence,
        code=report.code,
        qualifier=report.qualifier,
        area=report.area,
        zone=report.zone,
        panel_time=report.panel_time,
        deviations=report.deviations,
        raw=report.raw,
    )


def http_law(data: bytes) -> None:
    """A posted list is refused with where and why, or every item is a record that fits."""
    with only(ValueError):
        said = from_json(data)
    try:
        posted = _MANY.validate_python([said] if isinstance(said, dict) else said)
    except ValidationError as error:
        encode(_where(error))
        return
    assert 0 < len(posted) <= MAX_ITEMS
    for item in posted:
        recorded(item.report())


TARGETS = (
    Target("dc09_stream", stream_law),
    Target("dc09_body", body_law),
    Target("dc09_encrypted", encrypted_law),
    Target("http_signals", http_law, 4096),
)

"""Laws of the DC-09 receiver, whatever arrives and however it is split."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st
from siadc09.util import crc as reference_crc

from services.ingest.domain.dc09_content import read_content
from services.ingest.domain.dc09_frame import (
    Frame,
    acknowledge,
    crc16,
    open_envelope,
    read_body,
    seal,
    unable,
)
from services.ingest.domain.dc09_stream import SHOWN, Dc09Stream, FrameReceived, StreamEvent
from services.ingest.domain.report import reports_of

MAX = 256
DIGITS = "0123456789ABCDEF"

ACCOUNTS = st.text(DIGITS, min_size=1, max_size=16)
CODES = st.text("0123456789", min_size=3, max_size=3)
BODIES = st.builds(
    lambda sequence, account, code, zone: (
        f'"ADM-CID"{sequence:04d}L0#{account}[#{account}|1{code} 01 {zone:03d}]'.encode()
    ),
    st.integers(1, 9999),
    ACCOUNTS,
    CODES,
    st.integers(0, 999),
)
GARBAGE = st.binary(max_size=60) | st.text('\n\r"[]#|L0AB*_', max_size=60).map(str.encode)
STREAMS = st.lists(BODIES.map(seal) | GARBAGE, max_size=12).map(b"".join)


def fed(data: bytes, cuts: list[int]) -> list[StreamEvent]:
    stream = Dc09Stream(max_frame=MAX)
    events: list[StreamEvent] = []
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for begin, stop in pairwise(places):
        events += stream.receive(data[begin:stop])
        assert stream.held <= MAX
    return events


@given(STREAMS, st.lists(st.integers(0, 4000), max_size=20))
def test_where_the_bytes_are_split_changes_nothing(data: bytes, cuts: list[int]) -> None:
    assert fed(data, cuts) == fed(data, [])


@given(st.lists(BODIES, max_size=8), st.lists(st.integers(0, 4000), max_size=20))
def test_glued_frames_all_arrive_in_order(bodies: list[bytes], cuts: list[int]) -> None:
    events = fed(b"".join(seal(body) for body in bodies), cuts)
    frames = [event.frame.raw for event in events if isinstance(event, FrameReceived)]
    assert frames == bodies
    assert len(events) == len(bodies)


@given(GARBAGE, BODIES)
def test_after_garbage_the_next_frame_is_read(garbage: bytes, body: bytes) -> None:
    assume(b'"' not in garbage)  # what has a header is no garbage but a damaged frame
    events = fed(garbage + seal(body), [])
    last = events[-1]
    assert isinstance(last, FrameReceived)
    assert last.frame.raw == body


@given(st.binary(max_size=2000))
def test_garbage_never_raises_and_is_told_in_bounded_size(data: bytes) -> None:
    for event in fed(data, []):
        if not isinstance(event, FrameReceived):
            assert len(event.raw) <= SHOWN


@given(st.binary(max_size=200) | st.text('"SIADC-MNUL0123*#[]|LR_:,^/', max_size=80).map(str.encode))
def test_a_body_is_read_or_told_and_always_answerable(body: bytes) -> None:
    read = read_body(body)
    assert read.raw == body
    reports_of(read)
    answer = unable(read)
    if isinstance(read, Frame):
        read_content(read)
        answer = acknowledge(read)
    assert isinstance(open_envelope(answer[1:-1]), bytes)


@given(st.binary(max_size=60) | st.text("NORBAri1/^*|#id:", max_size=40).map(str.encode))
def test_dcs_data_never_raise(data: bytes) -> None:
    cleaned = data.translate(None, b"[]\r\n")
    read = read_body(b'"SIA-DCS"0001L0#1234[' + cleaned + b"]")
    assert isinstance(read, Frame)
    reports_of(read)


@given(BODIES)
def test_an_ack_echoes_sequence_and_account_exactly(body: bytes) -> None:
    read = read_body(body)
    assert isinstance(read, Frame)
    echoed = read_body(acknowledge(read)[9:-1])
    assert isinstance(echoed, Frame)
    assert (echoed.token, echoed.sequence, echoed.header) == ("ACK", read.sequence, read.header)


@given(st.binary(max_size=300))
def test_the_crc_of_any_bytes_is_the_one_of_the_reference(body: bytes) -> None:
    assert crc16(body) == reference_crc(body)

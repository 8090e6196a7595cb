"""A DC-09 connection as plain calls: bytes in, events out."""

from __future__ import annotations

import pytest

from services.ingest.domain.dc09_frame import Frame, seal
from services.ingest.domain.dc09_stream import (
    MAX_FRAME,
    PATIENCE,
    Dc09Stream,
    FrameReceived,
    FrameRejected,
    StreamBroken,
    StreamEvent,
)

FRAME = seal(b'"ADM-CID"0001L0#1234[#1234|1130 01 003]')
OTHER = seal(b'"ADM-CID"0002L0#1234[#1234|1130 01 004]')
BAD_CRC = b"\n0000" + FRAME[5:]
NO_FRAME = b"\nGET / HTTP/1.1\r"


def sequences(events: list[StreamEvent]) -> list[str]:
    return [e.frame.sequence for e in events if isinstance(e, FrameReceived)]


class TestFraming_5_5_2:  # noqa: N801 - the clause
    @pytest.mark.parametrize("at", range(len(FRAME) + 1))
    def test_a_frame_split_at_any_byte_is_one_frame(self, at: int) -> None:
        stream = Dc09Stream()
        events = stream.receive(FRAME[:at]) + stream.receive(FRAME[at:])
        assert sequences(events) == ["0001"]

    def test_glued_frames_are_told_apart(self) -> None:
        assert sequences(Dc09Stream().receive(FRAME + OTHER + FRAME)) == ["0001", "0002", "0001"]

    def test_line_ends_and_nuls_between_frames_are_nothing(self) -> None:
        stream = Dc09Stream()
        events = stream.receive(b"\0\r\n" + FRAME + b"\r\n\n" + OTHER + b"\n")
        assert sequences(events) == ["0001", "0002"]
        assert len(events) == 2
        assert not stream.inside_frame

    def test_a_received_frame_keeps_its_bytes(self) -> None:
        (event,) = Dc09Stream().receive(FRAME)
        assert isinstance(event, FrameReceived)
        assert isinstance(event.frame, Frame)
        assert event.frame.raw == FRAME[9:-1]


class TestWrongFrames_5_5:  # noqa: N801 - the clause
    @pytest.mark.parametrize(("frame", "reason"), [(BAD_CRC, "crc"), (FRAME[:-1] + b"!\r", "length")])
    def test_a_damaged_frame_is_rejected_and_ends_the_stream(self, frame: bytes, reason: str) -> None:
        stream = Dc09Stream()
        first, second = stream.receive(frame + OTHER)
        assert isinstance(first, FrameRejected)
        assert first.reason == reason
        assert second == StreamBroken("damaged_frame", b"")
        assert stream.broken

    def test_what_is_no_frame_is_rejected_and_the_next_frame_is_read(self) -> None:
        first, second = Dc09Stream().receive(NO_FRAME + OTHER)
        assert first == FrameRejected("envelope", NO_FRAME[1:-1])
        assert sequences([second]) == ["0002"]

    def test_a_frame_cut_by_the_start_of_another_is_rejected_and_the_other_read(self) -> None:
        first, second = Dc09Stream().receive(FRAME[:20] + OTHER)
        assert first == FrameRejected("cut", FRAME[1:20])
        assert sequences([second]) == ["0002"]

    def test_too_much_that_is_no_frame_in_a_row_break_the_stream(self) -> None:
        stream = Dc09Stream()
        events = stream.receive(NO_FRAME * (PATIENCE + 1))
        assert events[-1] == StreamBroken("too_many_rejected", b"")
        assert len(events) == PATIENCE + 1
        assert stream.broken

    def test_a_good_frame_restores_patience(self) -> None:
        stream = Dc09Stream()
        events = stream.receive((NO_FRAME * (PATIENCE - 1) + FRAME) * 3)
        assert sequences(events) == ["0001"] * 3
        assert not stream.broken


class TestBounds:
    def test_ten_megabytes_without_an_end_break_the_stream_in_bounded_memory(self) -> None:
        stream = Dc09Stream()
        events = stream.receive(b"\n")
        for _ in range(2560):
            events += stream.receive(b"x" * 4096)
            assert stream.held <= MAX_FRAME
        assert events == [StreamBroken("too_long", b"x" * 64)]

    def test_endless_noise_without_a_start_breaks_the_stream(self) -> None:
        stream = Dc09Stream()
        assert stream.receive(b"x" * MAX_FRAME) == []
        assert stream.receive(b"x") == [StreamBroken("noise", b"")]

    def test_the_longest_frame_is_read(self) -> None:
        body = b'"SIA-DCS"0001L0#1234[' + b"x" * 4000 + b"]"
        assert sequences(Dc09Stream().receive(seal(body))) == ["0001"]

    def test_a_broken_stream_hears_nothing_more(self) -> None:
        stream = Dc09Stream()
        stream.receive(b"x" * (MAX_FRAME + 1))
        assert stream.receive(FRAME) == []
        assert stream.end() == []
        assert stream.time_out() == []


class TestSilence:
    def test_silence_inside_a_frame_is_told_with_what_was_there(self) -> None:
        stream = Dc09Stream()
        stream.receive(FRAME[:10])
        assert stream.inside_frame
        assert stream.time_out() == [StreamBroken("silent_inside_frame", FRAME[1:10])]
        assert stream.broken

    def test_silence_between_frames_is_nothing(self) -> None:
        stream = Dc09Stream()
        stream.receive(FRAME)
        assert not stream.inside_frame
        assert stream.time_out() == []

    def test_an_end_inside_a_frame_is_told(self) -> None:
        stream = Dc09Stream()
        stream.receive(FRAME[:10])
        assert stream.end() == [StreamBroken("ended_inside_frame", FRAME[1:10])]

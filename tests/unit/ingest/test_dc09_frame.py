"""Frames of SIA DC-09: envelope, body and answers. Each class names the clause it proves."""

from __future__ import annotations

from datetime import UTC, datetime

from siadc09.account import Account
from siadc09.message import EventMessage, parse_frame
from siadc09.util import crc as reference_crc
from siadc09.xdata import Data

from services.ingest.domain.dc09_frame import (
    Frame,
    UnreadableBody,
    acknowledge,
    clock_deviation,
    crc16,
    open_envelope,
    read_body,
    refuse,
    seal,
    unable,
)

AT = datetime(2026, 3, 1, 18, 13, 7, tzinfo=UTC)
AT_US = round(AT.timestamp()) * 1_000_000
BODY = b'"ADM-CID"0042R1L0#00350102[#00350102|1130 01 003]_18:13:07,03-01-2026'


def read(body: bytes) -> Frame:
    frame = read_body(body)
    assert isinstance(frame, Frame)
    return frame


class TestEnvelope_5_5_2:  # noqa: N801 - the clause
    def test_the_crc_is_the_one_of_the_reference(self) -> None:
        assert crc16(BODY) == reference_crc(BODY)
        assert crc16(b"123456789") == 0xBB3D  # CRC-16/ARC check value

    def test_a_frame_of_the_reference_encoder_is_opened_and_read(self) -> None:
        message = EventMessage(
            Account(acct=0x35010211),
            config={"idtoken": "ADM-CID", "data": Data(content=b"#35010211|1130 01 003"), "timestamp": AT},
        )
        body = open_envelope(message.encode(seq=7)[1:-1])
        assert isinstance(body, bytes)
        frame = read(body)
        assert (frame.token, frame.sequence, frame.account) == ("ADM-CID", "0007", "35010211")
        assert (frame.data, frame.panel_time, frame.deviations) == (b"#35010211|1130 01 003", AT_US, ())

    def test_our_frame_is_read_by_the_reference(self) -> None:
        message = parse_frame(seal(BODY))
        assert (message.idtoken, message.seq, message.timestamp) == ("ADM-CID", 42, AT)

    def test_a_wrong_crc_is_named(self) -> None:
        assert open_envelope(b"0000" + seal(BODY)[5:-1]) == "crc"

    def test_a_wrong_length_is_named(self) -> None:
        sealed = seal(BODY)[1:-1]
        assert open_envelope(sealed + b"x") == "length"

    def test_what_has_no_header_is_named(self) -> None:
        assert open_envelope(b"GET / HTTP/1.1") == "envelope"

    def test_a_crc_in_lower_case_is_accepted(self) -> None:
        sealed = seal(BODY)
        assert open_envelope(sealed[1:5].lower() + sealed[5:-1]) == BODY


class TestBody_5_5_1:  # noqa: N801 - the clause
    def test_receiver_line_and_account_are_kept_as_sent(self) -> None:
        frame = read(BODY)
        assert (frame.receiver, frame.line_prefix, frame.account) == ("1", "0", "00350102")
        assert frame.header == b"R1L0#00350102"

    def test_a_bare_line_prefix_is_accepted_and_told(self) -> None:
        assert read(b'"ADM-CID"0001L#1234[]').deviations == ("bare_line_prefix",)

    def test_a_missing_line_prefix_is_accepted_and_told(self) -> None:
        assert read(b'"ADM-CID"0001#1234[]').deviations == ("no_line_prefix",)

    def test_extended_data_are_taken_apart(self) -> None:
        frame = read(b'"SIA-DCS"0001L0#1234[#1234|NBA01][Ihall][H13:59:58,12-31-2012]')
        assert frame.xdata == (b"Ihall", b"H13:59:58,12-31-2012")

    def test_a_time_that_does_not_exist_is_told_and_dropped(self) -> None:
        frame = read(b'"NULL"0000L0#1234[]_25:00:00,13-41-2026')
        assert (frame.panel_time, frame.deviations) == (None, ("unreadable_time",))

    def test_an_encrypted_frame_keeps_its_ciphertext_and_shows_its_account(self) -> None:
        frame = read(b'"*SIA-DCS"0009L0#12AB[0123456789abcdef')
        assert (frame.encrypted, frame.account, frame.data) == (True, "12AB", b"0123456789abcdef")

    def test_a_body_of_no_known_form_keeps_what_can_be_found(self) -> None:
        body = b'"SIA-DCS"0003L0#1234 no brackets'
        assert read_body(body) == UnreadableBody(
            sequence="0003", header=b"L0#1234 no brackets", account="1234", raw=body
        )


class TestTime_5_5_1_9:  # noqa: N801 - the clause
    def test_a_clock_inside_the_window_is_no_deviation(self) -> None:
        assert clock_deviation(AT_US, AT_US + 40_000_000) == ()
        assert clock_deviation(AT_US, AT_US - 20_000_000) == ()

    def test_a_stale_or_early_clock_on_plain_text_is_a_fact_only(self) -> None:
        assert clock_deviation(AT_US, AT_US + 40_000_001) == ("clock_skew",)
        assert clock_deviation(AT_US, AT_US - 20_000_001) == ("clock_skew",)

    def test_no_clock_is_no_deviation(self) -> None:
        assert clock_deviation(None, AT_US) == ()


class TestAnswers_5_5_3:  # noqa: N801 - the clause
    def test_ack_echoes_sequence_receiver_line_and_account_with_leading_zeros(self) -> None:
        assert acknowledge(read(BODY)) == seal(b'"ACK"0042R1L0#00350102[]')

    def test_ack_echoes_a_bare_line_prefix(self) -> None:
        assert acknowledge(read(b'"ADM-CID"0001L#1234[]')) == seal(b'"ACK"0001L#1234[]')

    def test_the_reference_reads_our_ack(self) -> None:
        message = parse_frame(acknowledge(read(BODY)))
        assert (message.idtoken, message.seq, message.account.acct) == ("ACK", 42, 0x350102)

    def test_nak_has_sequence_zero_and_our_time(self) -> None:
        message = parse_frame(refuse(read(BODY), AT_US))
        assert (message.idtoken, message.seq, message.timestamp) == ("NAK", 0, AT)

    def test_duh_is_never_encrypted(self) -> None:
        assert unable(read(b'"*SIA-DCS"0009L0#12AB[00')) == seal(b'"DUH"0009L0#12AB[]')

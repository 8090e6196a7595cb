"""What ADM-CID and SIA-DCS data say."""

from __future__ import annotations

import pytest

from services.ingest.domain.dc09_content import (
    Content,
    PanelEvent,
    Supervision,
    UnreadableContent,
    read_content,
)
from services.ingest.domain.dc09_frame import Frame, read_body


def content(token: bytes, data: bytes, rest: bytes = b"", account: bytes = b"#1234") -> Content:
    frame = read_body(b'"%b"0001L0%b[%b]%b' % (token, account, data, rest))
    assert isinstance(frame, Frame)
    return read_content(frame)


def events(token: bytes, data: bytes, rest: bytes = b"") -> list[PanelEvent]:
    read = content(token, data, rest)
    assert isinstance(read, tuple)
    return list(read)


def said(token: bytes, data: bytes) -> list[tuple[str, str, str, str]]:
    return [(e.code, e.qualifier, e.area, e.zone) for e in events(token, data)]


class TestContactId_DC_05:  # noqa: N801 - the standard
    @pytest.mark.parametrize(("digit", "qualifier"), [(b"1", "new"), (b"3", "restore"), (b"6", "status")])
    def test_the_qualifier(self, digit: bytes, qualifier: str) -> None:
        assert said(b"ADM-CID", b"#1234|%b130 01 003" % digit) == [("130", qualifier, "1", "3")]

    def test_group_and_zone_zero_are_none(self) -> None:
        assert said(b"ADM-CID", b"#1234|1602 00 000") == [("602", "new", "", "")]

    def test_an_event_without_the_account_before_it(self) -> None:
        assert said(b"ADM-CID", b"1121 01 002") == [("121", "new", "1", "2")]

    def test_fields_without_gaps_are_read_and_told(self) -> None:
        (event,) = events(b"ADM-CID", b"#1234|113001003")
        assert (event.code, event.zone, event.deviations) == ("130", "3", ("glued_contact_id",))

    @pytest.mark.parametrize(
        "data", [b"", b"#1234", b"#1234|", b"#1234|2130 01 003", b"#1234|1130 01", b"#1234|?"]
    )
    def test_what_is_no_contact_id_is_told_with_its_account(self, data: bytes) -> None:
        assert content(b"ADM-CID", data) == UnreadableContent("unreadable_data", "1234")


class TestDcs_DC_03:  # noqa: N801 - the standard
    def test_an_event_with_area_and_zone(self) -> None:
        assert said(b"SIA-DCS", b"#1234|Nri1/BA003") == [("BA", "new", "1", "3")]

    def test_the_gap_after_a_modifier_may_be_missing(self) -> None:
        assert said(b"SIA-DCS", b"#1234|Nri1BA003") == [("BA", "new", "1", "3")]

    def test_a_restoral_closes(self) -> None:
        assert said(b"SIA-DCS", b"#1234|NBR003") == [("BR", "restore", "", "3")]

    def test_power_up_is_no_restoral(self) -> None:
        assert said(b"SIA-DCS", b"#1234|NRR") == [("RR", "new", "", "")]

    def test_an_old_event_is_a_status(self) -> None:
        assert said(b"SIA-DCS", b"#1234|OBA003") == [("BA", "status", "", "3")]

    def test_several_events_in_one_frame_are_several(self) -> None:
        assert [code for code, *_ in said(b"SIA-DCS", b"#1234|NBA01/BA02/TA03|NFA1")] == [
            "BA",
            "BA",
            "TA",
            "FA",
        ]

    def test_who_did_it_stands_for_the_zone_of_an_event_without_one(self) -> None:
        assert said(b"SIA-DCS", b"#1234|Nti10:23/id007/ri2/CL") == [("CL", "new", "2", "7")]

    def test_text_in_carets_in_an_ascii_block_and_in_extended_data(self) -> None:
        assert events(b"SIA-DCS", b"#1234|NBA01^back/door^")[0].text == "back/door"
        assert events(b"SIA-DCS", b"#1234|NBA01|Afront")[0].text == "front"
        assert events(b"SIA-DCS", b"#1234|NBA01", b"[I" + "后门".encode("gb18030") + b"]")[0].text == "后门"

    def test_if_any_part_cannot_be_read_the_whole_is_told(self) -> None:
        assert content(b"SIA-DCS", b"#1234|NBA01/?") == UnreadableContent("unreadable_data", "1234")


class TestTokens_5_5_1_2:  # noqa: N801 - the clause
    @pytest.mark.parametrize("token", [b"NULL", b"XNM", b"*NULL"])
    def test_supervision_is_no_event(self, token: bytes) -> None:
        assert content(token, b"") == Supervision("1234")

    def test_an_unknown_token_is_told(self) -> None:
        assert content(b"FBI-SF", b"#1234|123") == UnreadableContent("unknown_token", "1234")

    def test_encrypted_content_is_told_with_its_account(self) -> None:
        assert content(b"*ADM-CID", b"00ff") == UnreadableContent("encrypted", "1234")

    def test_without_any_account_that_is_told(self) -> None:
        assert content(b"ADM-CID", b"1130 01 003", account=b"") == UnreadableContent("no_account", "")

    def test_the_account_in_the_data_names_the_site(self) -> None:
        (event,) = events(b"ADM-CID", b"#00ab|1130 01 003")
        assert (event.account, event.deviations) == ("00AB", ("account_differs",))

    def test_the_time_of_occurrence_goes_before_the_time_of_sending(self) -> None:
        rest = b"[H13:59:58,12-31-2012]_14:00:00,12-31-2012"
        (event,) = events(b"ADM-CID", b"#1234|1130 01 003", rest)
        assert event.panel_time == 1_356_962_398_000_000

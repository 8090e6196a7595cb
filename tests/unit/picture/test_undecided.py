"""Raw signals of a partition that does not decide."""

from __future__ import annotations

import pytest

from services.contracts.alarm import AlarmClass
from services.contracts.codec import encode
from services.contracts.commands import ClaimAlarm
from services.contracts.reports import Cause, SignalCarried
from services.contracts.signals import SignalMalformed, SignalReceived
from services.contracts.stored import Actor, SignalId
from services.picture.names import SiteName
from services.picture.undecided import Undecided, raw_signal
from services.picture.visibility import visible

ID = SignalId(run="run-1", line="default/1001", counter=1)
DURESS = SignalReceived(
    id=ID,
    sender="ingest",
    sent_at=1,
    received_at=7,
    subject="site",
    protocol="adm_cid",
    account_space="default",
    account="1001",
    code="121",
    zone="2",
)
MALFORMED = SignalMalformed(
    id=ID,
    sender="ingest",
    sent_at=1,
    received_at=7,
    subject="site",
    account_space="default",
    account="1001",
    reason="x",
    raw=b"\x00",
)
CARRIED = SignalCarried(
    sender="followup", sent_at=1, subject="real", cause=Cause(partition=1, offset=1, time=1), signal=DURESS
)


def class_of(code: str) -> AlarmClass:
    return "duress" if code == "121" else "unknown_code"


def test_a_signal_says_its_class_so_that_nobody_calls_back_on_duress() -> None:
    raw = raw_signal(3, 9, 5, encode(DURESS), class_of)
    assert raw is not None
    seen = raw.signal
    assert (seen.partition, seen.offset, seen.site, seen.account) == (3, 9, "site", "1001")
    assert (seen.code, seen.class_, seen.zone, seen.received_at, raw.run) == (
        "121",
        "duress",
        "2",
        7,
        "run-1",
    )


def test_a_carried_signal_is_at_the_site_it_was_carried_to() -> None:
    raw = raw_signal(3, 9, 5, encode(CARRIED), class_of)
    assert raw is not None
    assert (raw.signal.site, raw.signal.class_, raw.run) == ("real", "duress", "run-1")


def test_malformed_bytes_of_a_panel_are_shown_with_their_account() -> None:
    raw = raw_signal(3, 9, 5, encode(MALFORMED), class_of)
    assert raw is not None
    assert (raw.signal.code, raw.signal.class_, raw.signal.account) == ("?", "malformed", "1001")


@pytest.mark.parametrize(
    ("value", "account"),
    [
        (b"\xff\xfe", ""),
        (b"", ""),
        (b"[1]", ""),
        (b'{"type":"signal.received.v9","account":"77","subject":"s","account_space":"d"}', "77"),
        (b'{"type":"signal.received.v1","account":5}', ""),
    ],
)
def test_what_cannot_be_read_is_shown_with_what_it_says(value: bytes, account: str) -> None:
    raw = raw_signal(3, 9, 5, value, class_of)
    assert raw is not None
    assert (raw.signal.code, raw.signal.class_, raw.signal.account) == ("?", "malformed", account)
    assert (raw.signal.received_at, raw.run) == (5, "")


def test_a_command_is_no_signal() -> None:
    by = Actor(id="li", roles=("operator",))
    claim = ClaimAlarm(id="x", sender="web", sent_at=1, subject="site", by=by, alarm="a1")
    assert raw_signal(3, 9, 5, encode(claim), class_of) is None


def test_it_is_seen_by_the_provider_whose_site_it_is_and_of_an_unknown_site_by_the_centre() -> None:
    raw = raw_signal(3, 9, 5, encode(DURESS), class_of)
    assert raw is not None
    known = Undecided.at(raw.signal, SiteName("花园", None, None, "公司", "p1", "b1"))
    unknown = Undecided.at(raw.signal, None)
    own, foreign = (Actor(id="x", roles=("operator",), provider=one) for one in ("p1", "p2"))
    centre, police = Actor(id="x", roles=("operator",)), Actor(id="x", roles=("police",))
    assert [visible(one, known) for one in (own, foreign, centre, police)] == [True, False, True, False]
    assert [visible(one, unknown) for one in (own, foreign, centre, police)] == [False, False, True, False]
    assert known.signal.site_name == "花园"


def test_bytes_nested_beyond_all_measure_are_shown_as_what_cannot_be_read() -> None:
    raw = raw_signal(3, 9, 5, b'{"x":' + b"[" * 100_000, class_of)
    assert raw is not None
    assert (raw.signal.class_, raw.signal.received_at, raw.run) == ("malformed", 5, "")

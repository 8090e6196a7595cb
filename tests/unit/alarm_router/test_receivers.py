"""What a receiver must tell of itself stands in the record, and a supervisor has an alarm."""

from __future__ import annotations

import msgspec
import pytest

from services.contracts.alarm import AlarmOccurred, AlarmRaised
from services.contracts.envelope import Accepted, Already
from services.contracts.receiving import ReceiverTroubled, ReceiverTroubleNoted
from tests.unit.alarm_router.saying import NOW, SECOND, SITE, Desk

REPORT = ReceiverTroubled(
    sender="ingest",
    sent_at=NOW,
    subject="receiver/station-1",
    trouble="not_kept",
    since=NOW - 20 * SECOND,
    until=NOW - SECOND,
    count=42,
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_it_is_noted_and_alarmed(desk: Desk) -> None:
    decision = desk.told(REPORT)
    noted, alarm = decision.events
    assert decision.answer == Accepted()
    assert noted == ReceiverTroubleNoted(
        subject=REPORT.subject, trouble="not_kept", since=REPORT.since, until=REPORT.until, count=42
    )
    assert isinstance(alarm, AlarmRaised)
    assert (alarm.subject, alarm.class_, alarm.code) == (REPORT.subject, "system", "receiver.not_kept")


def test_told_again_it_says_nothing(desk: Desk) -> None:
    desk.told(REPORT)
    again = desk.told(msgspec.structs.replace(REPORT, sent_at=NOW + SECOND))
    assert (again.answer, again.events) == (Already(), ())


def test_another_time_of_the_same_trouble_is_an_occurrence(desk: Desk) -> None:
    desk.told(REPORT)
    later = desk.told(msgspec.structs.replace(REPORT, until=NOW, count=1))
    assert [type(event) for event in later.events] == [ReceiverTroubleNoted, AlarmOccurred]


def test_each_trouble_has_an_alarm_of_its_own(desk: Desk) -> None:
    desk.told(REPORT)
    other = desk.told(msgspec.structs.replace(REPORT, trouble="spool_damaged"))
    assert [type(event) for event in other.events] == [ReceiverTroubleNoted, AlarmRaised]


def test_the_receivers_that_are_remembered_are_bounded(desk: Desk) -> None:
    for number in range(200):
        desk.told(msgspec.structs.replace(REPORT, subject=f"receiver/{number}"))
    assert len(desk.state.receivers) == 64


CLOCK = ReceiverTroubled(
    sender="ingest",
    sent_at=NOW,
    subject=SITE,
    trouble="panel_clock",
    since=NOW - 20 * SECOND,
    until=NOW - SECOND,
    count=6,
    account_space="a",
    account="1234",
)


def test_a_panel_s_clock_is_an_alarm_of_its_site_that_names_the_line(desk: Desk) -> None:
    noted, alarm = desk.told(CLOCK).events
    assert isinstance(noted, ReceiverTroubleNoted)
    assert (noted.account_space, noted.account, noted.count) == ("a", "1234", 6)
    assert isinstance(alarm, AlarmRaised)
    assert (alarm.subject, alarm.code, alarm.account_space, alarm.account) == (
        SITE,
        "receiver.panel_clock",
        "a",
        "1234",
    )


def test_two_lines_of_a_site_are_told_apart_and_one_told_again_says_nothing(desk: Desk) -> None:
    desk.told(CLOCK)
    other = desk.told(msgspec.structs.replace(CLOCK, account="5678"))
    assert [type(event) for event in other.events] == [ReceiverTroubleNoted, AlarmOccurred]
    assert desk.told(CLOCK).events == ()

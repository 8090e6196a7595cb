"""What the record says of a signal and of the alarm that it came to: everything that the panel and the register said."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from services.contracts import alarm as a
from services.contracts import directory as d
from services.contracts.envelope import Decision
from services.contracts.signals import SignalReceived
from services.contracts.topics import subject_of_partition
from tests.unit.alarm_router.saying import BUREAU, MINUTE, SECOND, SITE, Desk

SAID: dict[str, Any] = {"code": "130", "area": "02", "zone": "003", "panel_time": 7, "sequence": "0042"}
FILING = d.Filing(authority="shenyang", state="filed", division="210100")
KNOWN: dict[str, Any] = {
    "site_known": True,
    "site_class": "key_unit",
    "division": "210102",
    "bureau": BUREAU,
    "provider": "provider",
    "filing": FILING,
    "registry_position": 2,
}


@pytest.fixture
def desk() -> Desk:
    """The site is registered, its provider filed."""
    found = Desk()
    found.registered()
    entry = d.ProviderEntry(id="provider", filings=(FILING,))
    found.told(d.ProviderSet(sender="registry", sent_at=found.now, position=2, provider=entry))
    return found


def recorded(signal: SignalReceived, **what: Any) -> a.SignalRecorded:
    """The signal as it is said to have come."""
    return a.SignalRecorded(
        **{
            "signal": signal.id,
            "outcome": "surfaced",
            "sequence": signal.sequence,
            "code": signal.code,
            "qualifier": signal.qualifier,
            "area": signal.area,
            "zone": signal.zone,
            "panel_time": signal.panel_time,
            "received_at": signal.received_at,
            **what,
        }
    )


def raised(decision: Decision) -> a.AlarmRaised:
    (found,) = (event for event in decision.events if isinstance(event, a.AlarmRaised))
    return found


class TestASignal:
    def test_raised_it_stands_there_as_the_panel_said_it_with_the_site_as_known(self, desk: Desk) -> None:
        signal = desk.signal(**SAID, received_at=desk.now - SECOND)
        decision = desk.told(signal)
        told = raised(decision)
        assert decision.events == (
            recorded(signal),
            a.AlarmRaised(
                alarm=told.alarm,
                number=told.number,
                subject=SITE,
                account_space="a",
                account="1234",
                class_="burglary",
                priority=2,
                code="130",
                area="02",
                zone="003",
                received_at=signal.received_at,
                panel_time=7,
                alarm_group=told.alarm,
                claim_due=decision.time + 30 * SECOND,
                **KNOWN,
            ),
        )

    def test_joined_to_an_alarm_it_stands_there_as_well_with_when_it_was_heard_before(
        self, desk: Desk
    ) -> None:
        first = desk.alarm()
        desk.now += 29 * SECOND
        signal = desk.signal(**SAID, received_at=desk.now - SECOND)
        assert desk.told(signal).events[:2] == (
            recorded(signal),
            a.AlarmOccurred(
                alarm=first.alarm,
                code="130",
                class_="burglary",
                area="02",
                zone="003",
                received_at=signal.received_at,
                panel_time=7,
                priority=2,
                heard_before=first.received_at,
            ),
        )

    def test_logged_it_says_why_and_ends_what_it_restores(self, desk: Desk) -> None:
        alarm = desk.alarm(zone="3").alarm
        signal = desk.signal(**SAID, qualifier="restore", received_at=desk.now - SECOND)
        assert desk.told(signal).events == (
            recorded(signal, outcome="logged", reason="restore"),
            a.AlarmRestored(alarm=alarm, code="130", area="02", zone="003", received_at=signal.received_at),
        )

    def test_repeated_it_says_so_and_nothing_else(self, desk: Desk) -> None:
        desk.told(desk.signal(**SAID))
        again = desk.signal(**SAID)
        assert desk.told(again).events == (recorded(again, outcome="retransmit"),)

    def test_unreadable_it_is_an_alarm_that_says_where_it_came_from(self, desk: Desk) -> None:
        signal = desk.malformed(received_at=desk.now - SECOND)
        decision = desk.told(signal)
        told = raised(decision)
        assert decision.events == (
            a.SignalRecorded(
                signal=signal.id,
                outcome="surfaced",
                reason="crc",
                code="?",
                received_at=signal.received_at,
            ),
            a.AlarmRaised(
                alarm=told.alarm,
                number=told.number,
                subject=SITE,
                account_space="a",
                account="1234",
                class_="malformed",
                priority=3,
                code="?",
                received_at=signal.received_at,
                alarm_group=told.alarm,
                claim_due=decision.time + 30 * SECOND,
                **KNOWN,
            ),
        )

    def test_unreadable_once_more_it_is_an_occurrence_without_zone_or_time(self, desk: Desk) -> None:
        first = raised(desk.told(desk.malformed()))
        again = desk.malformed(received_at=desk.now + SECOND)
        assert desk.told(again).events[1] == a.AlarmOccurred(
            alarm=first.alarm,
            code="?",
            class_="malformed",
            received_at=again.received_at,
            priority=3,
            heard_before=first.received_at,
        )

    def test_from_an_unregistered_site_nothing_is_known_but_how_far_the_register_was_read(
        self, desk: Desk
    ) -> None:
        told = desk.alarm(subject="shell")
        known = {name: getattr(told, name) for name in KNOWN}
        assert known == {**dict.fromkeys(KNOWN), "site_known": False, "registry_position": 2}


class TestAlikeSignals:
    """A panel's repetition is the same in everything that it said, within ten minutes of the one before."""

    @pytest.mark.parametrize(
        "other",
        [{"code": "131"}, {"area": "03"}, {"zone": "004"}, {"panel_time": 8}, {"sequence": "0043"}],
        ids=lambda other: next(iter(other)),
    )
    def test_another_word_makes_it_another_signal(self, desk: Desk, other: dict[str, Any]) -> None:
        desk.told(desk.signal(**SAID))
        signal = desk.signal(**{**SAID, **other})
        assert desk.told(signal).events[0] == recorded(signal)

    def test_so_does_another_qualifier(self, desk: Desk) -> None:
        desk.told(desk.signal(**SAID))
        signal = desk.signal(**SAID, qualifier="restore")
        assert desk.told(signal).events[0] == recorded(signal, outcome="logged", reason="restore")

    def test_without_a_number_none_is_a_repetition(self, desk: Desk) -> None:
        unnumbered = {**SAID, "sequence": None}
        for _ in range(2):
            signal = desk.signal(**unnumbered)
            assert desk.told(signal).events[0] == recorded(signal)
        assert desk.state.lines.known["a/1234"].recent == []

    def test_the_nearest_of_those_that_are_alike_counts_whichever_came_first(self, desk: Desk) -> None:
        desk.told(desk.signal(**SAID, received_at=desk.now - 30 * MINUTE))
        desk.told(desk.signal(**SAID, received_at=desk.now))
        between = desk.signal(**SAID, received_at=desk.now - 10 * MINUTE)
        assert desk.told(between).events[0] == recorded(between, outcome="retransmit")
        farther = desk.signal(**SAID, received_at=desk.now - 15 * MINUTE)
        later = desk.told(farther)
        assert later.events[0] == recorded(farther)
        assert raised(later).possibly_repeated

    def test_an_occurrence_says_so_too_that_it_may_be_a_repetition(self, desk: Desk) -> None:
        desk.told(desk.signal(**SAID))
        desk.now += 5 * MINUTE
        desk.told(desk.signal())
        desk.now += 5 * MINUTE + 1
        told = desk.told(desk.signal(**SAID)).events[1]
        assert isinstance(told, a.AlarmOccurred)
        assert told.possibly_repeated

    def test_the_newest_thirty_two_are_known_again(self, desk: Desk) -> None:
        for number in range(33):
            desk.told(desk.signal(sequence=f"1{number:03}"))
        outcomes = [
            event.outcome
            for number in (1, 0)
            for event in desk.told(desk.signal(sequence=f"1{number:03}")).events
            if isinstance(event, a.SignalRecorded)
        ]
        assert outcomes == ["retransmit", "surfaced"]


class TestTheSystemsOwn:
    def test_its_alarm_says_what_it_could_not_do(self, desk: Desk) -> None:
        decision = desk.hears(b"\xff")
        assert decision is not None
        told = raised(decision)
        assert told == a.AlarmRaised(
            alarm=told.alarm,
            number=told.number,
            subject=subject_of_partition(0),
            site_known=False,
            account_space="",
            account="",
            class_="system",
            priority=1,
            code="inbox.malformed",
            received_at=decision.time,
            registry_position=2,
            alarm_group=told.alarm,
            claim_due=decision.time + 30 * SECOND,
        )

    def test_again_it_is_an_occurrence_of_the_open_one(self, desk: Desk) -> None:
        first = desk.hears(b"\xff")
        assert first is not None
        desk.now += SECOND
        again = desk.hears(b"\xff")
        assert again is not None
        assert again.events == (
            a.AlarmOccurred(
                alarm=raised(first).alarm,
                code="inbox.malformed",
                class_="system",
                received_at=again.time,
                priority=1,
            ),
        )

    def test_at_a_site_it_says_what_is_known_of_that(self, desk: Desk) -> None:
        report = desk.escalate(self.verified(desk)).events[-1]
        assert isinstance(report, a.AlarmEscalated)
        told = raised(desk.answered(report.escalation, "refused"))
        assert {name: getattr(told, name) for name in KNOWN} == KNOWN

    def verified(self, desk: Desk) -> str:
        alarm = desk.alarm().alarm
        desk.claim(alarm)
        desk.verify(alarm)
        return alarm

    def test_it_begins_no_happening_to_which_signals_belong(self, desk: Desk) -> None:
        report = desk.escalate(self.verified(desk)).events[-1]
        assert isinstance(report, a.AlarmEscalated)
        group = replace(desk.state.groups[SITE])
        desk.answered(report.escalation, "refused")
        assert desk.state.groups[SITE] == group

"""A site that nobody registered, and what becomes of its alarms and signals when somebody does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from services.alarm_router.handlers.following_up import follow_up
from services.contracts import alarm as a
from services.contracts import directory as d
from services.contracts.codec import encode
from services.contracts.envelope import Accepted, Already, Decision, InboxRecord, Refused
from services.contracts.reports import Cause, FollowUp, SignalCarried
from services.contracts.signals import SignalReceived
from services.contracts.stored import Actor
from tests.unit.alarm_router.saying import BUREAU, DAY, MINUTE, NOW, SITE, Desk

TARGET = "site-registered"
FILING = d.Filing(authority="shenyang", state="filed")


@pytest.fixture
def desk() -> Desk:
    found = Desk()
    entry = d.ProviderEntry(id="provider", filings=(FILING,))
    found.told(d.ProviderSet(sender="registry", sent_at=NOW, position=1, provider=entry))
    return found


def site_set(desk: Desk, position: int, site: str = SITE, merged_into: str | None = None) -> d.SiteSet:
    entry = d.SiteEntry(
        id=site,
        provider="provider",
        site_class="key_unit",
        division="210102",
        bureau=BUREAU,
        merged_into=merged_into,
    )
    return d.SiteSet(sender="registry", sent_at=desk.now, position=position, site=entry)


def set_site(desk: Desk, position: int, site: str = SITE, merged_into: str | None = None) -> Decision:
    return desk.told(site_set(desk, position, site, merged_into))


def adopted(decision: Decision) -> list[tuple[str, str]]:
    return [(event.alarm, event.site) for event in decision.events if isinstance(event, a.AlarmAdopted)]


def adoption(alarm: str, site: str, position: int) -> a.AlarmAdopted:
    """The alarm belongs to the site, of which this is known."""
    return a.AlarmAdopted(
        alarm=alarm,
        site=site,
        site_class="key_unit",
        division="210102",
        bureau=BUREAU,
        provider="provider",
        filing=FILING,
        registry_position=position,
    )


def carried(desk: Desk, signal: SignalReceived, since: int = 0, to: str = SITE) -> SignalCarried:
    cause = Cause(partition=3, offset=7, time=desk.now - since)
    return SignalCarried(sender="followup", sent_at=desk.now, subject=to, cause=cause, signal=signal)


def test_registering_a_shell_site_adopts_its_open_alarms(desk: Desk) -> None:
    fire, burglary = desk.alarm(code="110"), desk.alarm(code="130")
    decision = set_site(desk, 2)
    assert isinstance(decision.events[0], d.SiteNoted)
    assert adopted(decision) == [(fire.alarm, SITE), (burglary.alarm, SITE)]
    assert decision.events[1] == adoption(fire.alarm, SITE, position=2)


def test_an_adopted_alarm_is_seen_by_its_provider_and_reported_to_its_bureau(desk: Desk) -> None:
    alarm = desk.alarm().alarm
    own = Actor(id="zheng", roles=("operator",), provider="provider")
    assert isinstance(desk.claim(alarm, own).answer, Refused)
    set_site(desk, 2)
    assert desk.claim(alarm, own).answer == Accepted()
    desk.verify(alarm, by=own)
    escalated = desk.escalate(alarm, by=own).events[-1]
    assert isinstance(escalated, a.AlarmEscalated)
    assert escalated.bureau == BUREAU


def test_what_is_known_already_or_closed_is_not_adopted_again(desk: Desk) -> None:
    closed = desk.alarm(code="110").alarm
    desk.claim(closed)
    desk.close(closed)
    desk.alarm(code="130")
    set_site(desk, 2)
    desk.alarm(code="120")
    assert not adopted(set_site(desk, 3))


def test_two_hundred_alarms_are_adopted_at_once(desk: Desk) -> None:
    for _ in range(300):
        desk.told(desk.signal(code="121"))
    decision = set_site(desk, 2)
    assert 150 < len(adopted(decision)) <= 200
    assert len(desk.values[-1]) < 256 * 1024


def test_a_merged_shells_open_alarms_belong_to_the_other_site(desk: Desk) -> None:
    alarm = desk.alarm().alarm
    merged = set_site(desk, 2, merged_into=TARGET)
    assert merged.events[1] == adoption(alarm, TARGET, position=2)
    assert not adopted(set_site(desk, 3, merged_into=TARGET))


def test_a_site_that_was_registered_and_merged_later_hands_on_its_alarms_too(desk: Desk) -> None:
    set_site(desk, 2)
    alarm = desk.alarm().alarm
    assert adopted(set_site(desk, 3, merged_into=TARGET)) == [(alarm, TARGET)]


def test_a_signal_for_a_merged_shell_is_carried_on_once_and_not_recorded_here(desk: Desk) -> None:
    set_site(desk, 2, merged_into=TARGET)
    signal = desk.signal()
    first, second = desk.told(signal), desk.told(signal)
    assert first.answer == Accepted()
    assert first.events == (a.SignalCarriedOn(signal=signal.id, source=first.source.offset, to=TARGET),)
    assert (second.answer, second.events) == (Already(), ())


def test_what_cannot_be_carried_is_raised_where_it_lands_for_the_other_site(desk: Desk) -> None:
    set_site(desk, 2, merged_into=TARGET)
    decision = desk.told(desk.malformed())
    raised = decision.events[1]
    assert isinstance(raised, a.AlarmRaised)
    assert (raised.class_, raised.provider) == ("malformed", "provider")
    assert decision.events[2:] == (adoption(raised.alarm, TARGET, position=2),)


def test_a_carried_signal_is_decided_like_one_received_here(desk: Desk) -> None:
    set_site(desk, 2)
    signal = desk.signal(subject="shell")
    decision = desk.told(carried(desk, signal))
    recorded, raised = decision.events
    assert isinstance(recorded, a.SignalRecorded)
    assert isinstance(raised, a.AlarmRaised)
    assert (recorded.signal, recorded.outcome) == (signal.id, "surfaced")
    assert (raised.subject, raised.provider, raised.account) == (SITE, "provider", "1234")


def test_a_carried_signal_comes_once_however_often_it_is_sent(desk: Desk) -> None:
    signal = desk.signal(subject="shell")
    desk.told(carried(desk, signal))
    again = desk.told(carried(desk, signal))
    assert (again.answer, again.events) == (Already(), ())


def test_a_carried_signal_after_newer_direct_ones_is_no_repetition(desk: Desk) -> None:
    late = desk.signal(subject="shell", code="110")
    newer = desk.signal()
    desk.told(newer)
    decision = desk.told(carried(desk, late))
    assert decision.answer == Accepted()
    assert isinstance(decision.events[-1], a.AlarmRaised)
    assert desk.told(newer).answer == Already()
    assert desk.told(desk.signal(code="401")).answer == Accepted()


def test_a_carried_signal_behind_later_carried_ones_of_its_line_is_no_repetition(desk: Desk) -> None:
    """What went over by two sites may come out of order."""
    by_two, by_one = desk.signal(subject="shell", code="110"), desk.signal(subject="other", code="130")
    desk.told(carried(desk, by_one))
    decision = desk.told(carried(desk, by_two))
    assert decision.answer == Accepted()
    assert isinstance(decision.events[-1], a.AlarmRaised)
    assert desk.told(carried(desk, by_two)).answer == Already()
    assert desk.told(carried(desk, by_one)).answer == Already()


def test_a_panels_repetition_is_known_though_the_first_was_carried(desk: Desk) -> None:
    desk.told(carried(desk, desk.signal(subject="shell", sequence="0007")))
    recorded = desk.told(desk.signal(sequence="0007")).events[0]
    assert isinstance(recorded, a.SignalRecorded)
    assert recorded.outcome == "retransmit"


def test_a_carried_signal_whose_cause_is_older_than_six_days_is_refused_aloud(desk: Desk) -> None:
    signal = desk.signal(subject="shell")
    assert desk.told(carried(desk, signal, since=6 * DAY)).answer == Accepted()
    desk.now += 11 * MINUTE
    decision = desk.told(carried(desk, desk.signal(subject="shell"), since=6 * DAY + 1))
    assert decision.answer == Refused(reason="too_old")
    raised = decision.events[-1]
    assert isinstance(raised, a.AlarmRaised)
    assert (raised.class_, raised.code) == ("system", "followup.too_old")


class OneInbox:
    """`Inboxes`: what the shell's partition was told, and what is sent on."""

    def __init__(self, told: Sequence[InboxRecord]) -> None:
        self._values = [encode(record) for record in told]
        self.sent: list[FollowUp] = []

    async def value(self, partition: int, offset: int) -> bytes:
        del partition
        return self._values[offset]

    async def append(self, record: FollowUp) -> None:
        self.sent.append(record)


async def test_a_signal_of_a_merged_shell_becomes_an_alarm_of_the_other_site() -> None:
    shell, target = Desk(), Desk()
    merged = site_set(shell, 1, merged_into=TARGET)
    told: list[InboxRecord] = [
        shell.signal(zone="3"),
        merged,
        shell.signal(zone="4"),
        shell.signal(code="401"),
    ]
    inbox = OneInbox(told)
    decisions = [shell.told(record) for record in told]
    for offset, decision in enumerate(decisions):
        await follow_up(inbox, 3, offset, decision, shell.now)
    set_site(target, 1, site=TARGET)
    alarm, arming = (target.told(record) for record in inbox.sent if isinstance(record, SignalCarried))
    raised = alarm.events[-1]
    assert adopted(decisions[1])
    assert isinstance(raised, a.AlarmRaised)
    assert (raised.subject, raised.zone, raised.site_known) == (TARGET, "4", True)
    assert [event.reason for event in arming.events if isinstance(event, a.SignalRecorded)] == ["arm_disarm"]


def test_a_signal_is_carried_on_through_two_merged_sites_but_not_round_in_a_circle(desk: Desk) -> None:
    set_site(desk, 2, merged_into="shell")
    through, round_about = desk.signal(subject="another"), desk.signal(subject="shell")
    assert [type(event) for event in desk.told(carried(desk, through)).events] == [a.SignalCarriedOn]
    decision = desk.told(carried(desk, round_about))
    assert [type(event) for event in decision.events] == [a.SignalRecorded, a.AlarmRaised, a.AlarmAdopted]

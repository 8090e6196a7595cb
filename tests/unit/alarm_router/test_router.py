"""Signals, the directory, time and repeated commands, as one partition decides them."""

from __future__ import annotations

import msgspec
import pytest

from services.alarm_router.domain.bounds import short
from services.alarm_router.domain.machine import AlarmRouter, StopPartition
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import directory as d
from services.contracts.codec import UnknownTag, encode
from services.contracts.envelope import Accepted, Already, Decision
from services.contracts.stored import SignalId
from services.eventsourcing.ports import Record
from tests.unit.alarm_router.saying import DAY, LI, MINUTE, NOW, SECOND, SITE, WANG, Desk, refusal


@pytest.fixture
def desk() -> Desk:
    return Desk()


def recorded(decision: Decision) -> a.SignalRecorded:
    first = decision.events[0]
    assert isinstance(first, a.SignalRecorded)
    return first


def test_a_burglary_is_raised_with_the_site_as_known(desk: Desk) -> None:
    desk.registered()
    alarm = desk.alarm()
    assert (alarm.class_, alarm.priority, alarm.site_known, alarm.provider) == (
        "burglary",
        2,
        True,
        "provider",
    )


def test_an_unknown_account_is_raised_all_the_same(desk: Desk) -> None:
    assert not desk.alarm().site_known


def test_an_unknown_code_is_surfaced(desk: Desk) -> None:
    assert desk.alarm(code="999").class_ == "unknown_code"


@pytest.mark.parametrize(
    ("code", "qualifier", "reason"),
    [
        ("401", "new", "arm_disarm"),
        ("602", "new", "test"),
        ("130", "restore", "restore"),
        ("BR", "new", "restore"),
    ],
)
def test_everyday_signals_are_logged_and_not_raised(
    desk: Desk, code: str, qualifier: str, reason: str
) -> None:
    decision = desk.told(desk.signal(code=code, qualifier=qualifier))
    assert [(recorded(decision).outcome, recorded(decision).reason)] == [("logged", reason)]
    assert len(decision.events) == 1


def test_the_same_signal_again_is_already_decided(desk: Desk) -> None:
    signal = desk.signal()
    desk.told(signal)
    decision = desk.told(signal)
    assert (decision.answer, decision.events) == (Already(), ())


def test_a_panels_repetition_within_ten_minutes_is_a_retransmit(desk: Desk) -> None:
    desk.told(desk.signal(sequence="0007"))
    desk.now += 10 * MINUTE
    decision = desk.told(desk.signal(sequence="0007"))
    assert "retransmit" in [e.outcome for e in decision.events if isinstance(e, a.SignalRecorded)]
    assert not any(isinstance(event, a.AlarmRaised) for event in decision.events)


def test_an_older_likeness_is_an_alarm_that_is_possibly_repeated(desk: Desk) -> None:
    desk.told(desk.signal(sequence="0007"))
    desk.now += 10 * MINUTE + 1
    assert desk.alarm(sequence="0007").possibly_repeated


def test_another_zone_is_no_repetition(desk: Desk) -> None:
    desk.alarm(sequence="0007", zone="1")
    decision = desk.told(desk.signal(sequence="0007", zone="2"))
    assert recorded(decision).outcome == "surfaced"
    assert not any(event.possibly_repeated for event in decision.events if isinstance(event, a.AlarmOccurred))


def test_a_malformed_signal_is_an_alarm_of_its_own_class(desk: Desk) -> None:
    raised = desk.told(desk.malformed()).events[-1]
    assert isinstance(raised, a.AlarmRaised)
    assert raised.class_ == "malformed"


@pytest.mark.parametrize("value", [b"\xff", b'{"type":"\xff"}', b'{"x":' + b"[" * 100_000])
def test_bytes_that_are_no_record_are_an_alarm_for_a_supervisor(desk: Desk, value: bytes) -> None:
    decision = desk.hears(value)
    assert decision is not None
    raised = decision.events[0]
    assert isinstance(raised, a.AlarmRaised)
    assert (raised.class_, raised.code) == ("system", "inbox.malformed")


def test_an_unknown_tag_stops_the_partition(desk: Desk) -> None:
    with pytest.raises(UnknownTag):
        desk.hears(b'{"type":"later.v9"}')


def test_a_live_receiver_is_known_after_many_others_began(desk: Desk) -> None:
    live = desk.signal(id=SignalId(run="live", line="a/1234", counter=1))
    desk.told(live)
    for run in range(100):
        desk.told(desk.signal(id=SignalId(run=f"other-{run}", line="a/1234", counter=1)))
        assert desk.told(live).answer == Already()
        live = desk.signal(id=SignalId(run="live", line="a/1234", counter=run + 2))
        desk.told(live)


def test_a_lower_or_equal_registry_position_does_nothing(desk: Desk) -> None:
    desk.registered("provider", position=5)
    desk.registered("another", position=5)
    desk.registered("another", position=4)
    assert desk.state.sites[SITE].provider == "provider"
    desk.registered("another", position=6)
    assert desk.state.sites[SITE].provider == "another"


def test_an_alarm_carries_the_filing_as_known_when_it_was_raised(desk: Desk) -> None:
    desk.registered(position=1)
    filing = d.Filing(authority="shenyang", state="filed")
    entry = d.ProviderEntry(id="provider", filings=(filing,))
    assert desk.alarm().filing == d.Filing(authority="", state="none")
    desk.told(d.ProviderSet(sender="registry", sent_at=desk.now, position=2, provider=entry))
    later = desk.alarm(code="110")
    assert (later.filing, later.registry_position) == (filing, 2)


def test_of_several_filings_the_one_with_the_authority_competent_there_counts(desk: Desk) -> None:
    desk.registered()
    other = d.Filing(authority="a", state="none", division="350000")
    province = d.Filing(authority="b", state="submitted", division="210000")
    city = d.Filing(authority="c", state="filed", division="210100")
    kinds = [((other, province, city), "110"), ((other, province), "120"), ((other,), "130")]
    for position, (filings, code) in enumerate(kinds, 2):
        entry = d.ProviderEntry(id="provider", filings=filings)
        desk.told(d.ProviderSet(sender="relay", sent_at=desk.now, position=position, provider=entry))
        assert desk.alarm(code=code).filing == filings[-1]


def test_of_an_unknown_site_no_filing_is_known(desk: Desk) -> None:
    assert desk.alarm().filing is None


def test_nobody_taking_an_alarm_is_said_once(desk: Desk) -> None:
    alarm = desk.alarm()
    desk.now = alarm.claim_due - 1
    assert desk.tick() is None
    desk.now = alarm.claim_due
    decision = desk.tick()
    assert decision is not None
    assert decision.events == (a.ClaimFellDue(alarm=alarm.alarm),)
    desk.now += MINUTE
    assert desk.tick() is None


def test_a_record_first_fires_the_deadlines_of_its_own_subject(desk: Desk) -> None:
    alarm = desk.alarm()
    other = desk.alarm(subject="site-b")
    desk.now = other.claim_due
    events = desk.claim(alarm.alarm).events
    assert events == (a.ClaimFellDue(alarm=alarm.alarm), a.AlarmClaimed(alarm=alarm.alarm, by=WANG))


def test_a_claimed_alarm_does_not_fall_due(desk: Desk) -> None:
    alarm = desk.alarm()
    desk.claim(alarm.alarm)
    desk.now = alarm.claim_due + MINUTE
    assert desk.tick() is None


def test_a_closed_alarm_is_forgotten_after_seven_days(desk: Desk) -> None:
    alarm = desk.alarm().alarm
    desk.claim(alarm)
    closed = desk.close(alarm).time
    desk.now = closed + 7 * DAY - 1
    assert desk.tick() is None
    desk.now += 1
    decision = desk.tick()
    assert decision is not None
    assert decision.events == (a.AlarmArchived(alarm=alarm),)
    assert not desk.state.alarms
    assert refusal(desk.claim(alarm))[0] == "alarm.not_open"


def test_a_tick_fires_a_hundred_deadlines_and_the_next_goes_on(desk: Desk) -> None:
    for number in range(150):
        desk.alarm(subject=f"site-{number}")
    desk.now += MINUTE
    fired = []
    while (decision := desk.tick()) is not None:
        fired.append(len(decision.events))
    assert fired == [100, 50]


def test_a_command_is_too_late_after_two_minutes(desk: Desk) -> None:
    alarm = desk.alarm().alarm
    made = desk.now
    desk.now += 2 * MINUTE + SECOND
    asked = c.ClaimAlarm(**desk.head(WANG, at=made), alarm=alarm)
    assert refusal(desk.told(asked))[0] == "too_late"


def test_a_command_from_the_future_is_too_early(desk: Desk) -> None:
    asked = c.ClaimAlarm(**desk.head(WANG, at=desk.now + 2 * MINUTE), alarm=desk.alarm().alarm)
    assert refusal(desk.told(asked))[0] == "too_early"


def test_a_repeated_command_gets_the_first_answer_and_says_nothing(desk: Desk) -> None:
    alarm = desk.alarm().alarm
    claim = c.ClaimAlarm(**desk.head(WANG), alarm=alarm)
    late = c.ClaimAlarm(**desk.head(LI), alarm=alarm)
    first, second = desk.told(claim), desk.told(late)
    desk.close(alarm)
    desk.now += 2 * MINUTE
    assert (desk.told(claim).answer, desk.told(late).answer) == (first.answer, second.answer)
    assert first.answer == Accepted()
    assert desk.told(claim).events == ()


def test_a_repeated_command_is_too_late_when_its_id_is_forgotten(desk: Desk) -> None:
    claim = c.ClaimAlarm(**desk.head(WANG), alarm=desk.alarm().alarm)
    desk.told(claim)
    desk.now += 4 * MINUTE
    desk.alarm(code="110")
    assert refusal(desk.told(claim))[0] == "too_late"


def test_a_command_about_another_subjects_alarm_is_refused(desk: Desk) -> None:
    alarm = desk.alarm(subject="site-b").alarm
    assert refusal(desk.claim(alarm))[0] == "alarm.not_open"


def test_a_command_that_cannot_be_judged_is_refused_and_a_supervisor_told(desk: Desk) -> None:
    asked = c.ClaimAlarm(**{**desk.head(WANG), "id": "no uuid"}, alarm=desk.alarm().alarm)
    decision = desk.told(asked)
    assert refusal(decision)[0] == "internal"
    assert [e.class_ for e in decision.events if isinstance(e, a.AlarmRaised)] == ["system"]


def test_a_stamp_far_ahead_of_its_sender_is_not_believed(desk: Desk) -> None:
    signal = desk.signal()
    desk.now += 7 * DAY
    assert desk.told(signal).time == NOW + MINUTE


def test_partition_time_never_goes_back(desk: Desk) -> None:
    first = desk.told(desk.signal()).time
    desk.now -= MINUTE
    assert desk.told(desk.signal()).time == first


def test_what_was_too_early_stays_so_as_long_as_it_may_come_again(desk: Desk) -> None:
    made = desk.now + 10 * MINUTE
    asked = c.ClaimAlarm(**desk.head(WANG, at=made), alarm=desk.alarm().alarm)
    desk.told(asked)
    for later in (5 * MINUTE, 5 * MINUTE, 2 * MINUTE):
        desk.now += later
        again = msgspec.structs.replace(asked, sent_at=desk.now)
        assert refusal(desk.told(again))[0] == "too_early"
    desk.now += 2 * MINUTE
    desk.alarm(code="110")
    assert refusal(desk.told(msgspec.structs.replace(asked, sent_at=desk.now)))[0] == "too_late"
    assert not desk.state.kept_longer


def test_a_deadline_that_cannot_be_judged_is_told_once(desk: Desk) -> None:
    alarm = desk.alarm()
    broken = msgspec.structs.replace(desk.state.alarms[alarm.alarm], claim_due="x")
    desk.state.alarms[alarm.alarm] = broken
    desk.now += MINUTE
    said = [desk.told(desk.signal(code="401")).events for _ in range(2)]
    assert [type(event) for event in said[0]] == [a.DeadlineFailed, a.AlarmRaised, a.SignalRecorded]
    assert [event.code for event in said[0] if isinstance(event, a.AlarmRaised)] == ["deadline.failed"]
    assert [type(event) for event in said[1]] == [a.SignalRecorded]


def test_a_signal_that_cannot_be_judged_is_raised_raw(desk: Desk) -> None:
    desk.registered()
    desk.state.providers["provider"] = None  # type: ignore[assignment] # a defect's trace in the state
    desk.state.lines.known["a/1234"] = 3  # type: ignore[assignment] # as above
    router = AlarmRouter()
    outcome = router.decide(desk.state, Record(9, NOW, encode(desk.signal())))
    assert outcome is not None
    raised = outcome.events[-1]
    assert isinstance(raised, a.AlarmRaised)
    assert raised.class_ == "raw"


def test_a_directory_change_that_cannot_be_judged_stops_the_partition(desk: Desk) -> None:
    desk.state.registry_position = "x"  # type: ignore[assignment] # a defect's trace in the state
    with pytest.raises(StopPartition):
        desk.registered()


@pytest.mark.parametrize(("length", "kept"), [(200, 200), (201, 160 + 1 + 32)])
def test_a_name_above_two_hundred_characters_is_its_beginning_and_a_digest(length: int, kept: int) -> None:
    assert len(short("x" * length)) == kept


def test_a_decision_that_would_be_too_large_is_made_short(desk: Desk) -> None:
    decision = desk.told(desk.signal(zone="z" * 200_000))
    raised = decision.events[-1]
    assert isinstance(raised, a.AlarmRaised)
    assert raised.class_ == "raw"
    assert len(desk.values[-1]) < 256 * 1024


def test_a_signal_of_any_size_does_not_stop_the_partition(desk: Desk) -> None:
    assert desk.alarm(code="9" * 400_000).class_ == "raw"

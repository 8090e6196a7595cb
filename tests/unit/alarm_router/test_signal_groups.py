"""Signals of one happening: occurrences, restores, more urgent alarms in the same group."""

from __future__ import annotations

import pytest

from services.alarm_router.domain import happening as happenings
from services.alarm_router.domain.signal import OF_SIGNALS, OPEN_PER_SUBJECT
from services.contracts import alarm as a
from services.contracts.envelope import Already, Decision
from services.contracts.stored import SignalId
from services.contracts.suggestion import ReportSuggested
from tests.unit.alarm_router.saying import DAY, MINUTE, SECOND, SITE, WANG, Desk, refusal


def occurred(decision: Decision) -> a.AlarmOccurred:
    (told,) = (event for event in decision.events if isinstance(event, a.AlarmOccurred))
    return told


def suggested(decision: Decision) -> list[tuple[str, int]]:
    return [(event.rule, event.priority) for event in decision.events if isinstance(event, ReportSuggested)]


def restored(decision: Decision) -> list[tuple[str, str, str]]:
    events = [event for event in decision.events if isinstance(event, a.AlarmRestored)]
    return [(event.alarm, event.code, event.zone) for event in events]


def outcome(decision: Decision) -> tuple[str, str]:
    first = next(event for event in decision.events if isinstance(event, a.SignalRecorded))
    return first.outcome, first.reason


class TestTheJewellersNight:
    """Glass in zone 3, motion in zone 4 34 s later: one alarm, and the report-at-once rule is suggested."""

    def test_the_second_zone_is_an_occurrence_that_makes_the_alarm_urgent(self, desk: Desk) -> None:
        glass = desk.alarm(zone="003")
        desk.now += 34 * SECOND
        motion = desk.told(desk.signal(zone="004"))
        told = occurred(motion)
        assert outcome(motion) == ("surfaced", "")
        assert told.alarm == glass.alarm
        assert suggested(motion) == [("two_zones_or_principles", 1)]
        assert desk.state.happenings[glass.alarm].priority == 1
        assert (glass.priority, glass.alarm_group) == (2, glass.alarm)

    def test_the_rule_is_suggested_once_and_the_alarm_stays_urgent(self, desk: Desk) -> None:
        desk.alarm(zone="3")
        desk.told(desk.signal(zone="4"))
        third = desk.told(desk.signal(zone="5"))
        assert (occurred(third).priority, suggested(third)) == (1, [])

    @pytest.mark.parametrize(
        ("zone", "code", "later"),
        [("3", "130", 34), ("4", "130", 121), ("4", "137", 34), ("000", "130", 34), ("", "130", 34)],
        ids=["the same zone", "after two minutes", "a tamper", "no zone", "none said"],
    )
    def test_no_rule_is_suggested_by_less(self, desk: Desk, zone: str, code: str, later: int) -> None:
        desk.alarm(zone="003")
        desk.now += later * SECOND
        told = desk.told(desk.signal(zone=zone, code=code))
        assert (occurred(told).priority, suggested(told)) == (2, [])

    def test_a_tamper_is_no_second_zone_for_what_comes_after_it_either(self, desk: Desk) -> None:
        desk.alarm(zone="3")
        desk.told(desk.signal(zone="4", code="137"))
        assert suggested(desk.told(desk.signal(zone="3"))) == []

    def test_what_an_occurrence_suggested_by_itself_as_they_did_once_is_not_suggested_again(
        self, desk: Desk
    ) -> None:
        glass = desk.alarm(zone="3")
        motion = a.AlarmOccurred(
            alarm=glass.alarm,
            code="130",
            class_="burglary",
            zone="4",
            received_at=desk.now,
            priority=1,
            suggests="two_zones_or_principles",
        )
        desk.state.happenings[glass.alarm] = happenings.occurred(desk.state.happenings[glass.alarm], motion)
        third = desk.told(desk.signal(zone="5"))
        assert (occurred(third).priority, suggested(third)) == (1, [])

    def test_the_rule_does_not_escalate_by_itself(self, desk: Desk) -> None:
        alarm = desk.alarm(zone="3").alarm
        desk.told(desk.signal(zone="4"))
        desk.claim(alarm)
        assert refusal(desk.escalate(alarm, "two_zones_or_principles"))[0] == "alarm.not_verified"
        desk.verify(alarm, "undetermined")
        assert isinstance(desk.escalate(alarm, "two_zones_or_principles").events[-1], a.AlarmEscalated)


class TestTheFillingStationUnderDuress:
    """Duress by user 002, a disarm a second later, a cancel: nothing of it closes the alarm."""

    def test_a_disarm_and_a_cancel_leave_the_alarm_with_its_person(self, desk: Desk) -> None:
        duress = desk.alarm(code="121", zone="002")
        assert (duress.class_, duress.priority) == ("duress", 1)
        desk.now += SECOND
        assert outcome(desk.told(desk.signal(code="401", zone="002"))) == ("logged", "arm_disarm")
        cancelled = desk.told(desk.signal(code="406", zone="002"))
        assert outcome(cancelled) == ("logged", "arm_disarm")
        assert len(cancelled.events) == 1
        assert desk.state.open_of[SITE] == [duress.alarm]
        assert desk.state.alarms[duress.alarm].closed_at is None

    def test_duress_is_never_an_occurrence_of_anything(self, desk: Desk) -> None:
        panic = desk.alarm(code="120")
        first, second = desk.alarm(code="121"), desk.alarm(code="121")
        assert len({panic.alarm, first.alarm, second.alarm}) == 3
        assert {first.alarm_group, second.alarm_group} == {panic.alarm_group}

    def test_a_panic_after_the_duress_is_an_occurrence_of_it(self, desk: Desk) -> None:
        duress = desk.alarm(code="121")
        assert occurred(desk.told(desk.signal(code="120"))).alarm == duress.alarm


def test_a_less_urgent_signal_of_the_family_is_an_occurrence(desk: Desk) -> None:
    burglary = desk.alarm()
    told = occurred(desk.told(desk.signal(code="137")))
    assert (told.alarm, told.class_, told.priority) == (burglary.alarm, "tamper", 2)


@pytest.mark.parametrize("before", range(5), ids=lambda before: f"{before} signals before")
def test_a_more_urgent_one_is_an_alarm_of_its_own_in_the_same_group(desk: Desk, before: int) -> None:
    for _ in range(before):
        desk.told(desk.signal(code="401"))
    tamper = desk.alarm(code="137")
    burglary = desk.alarm(code="130")
    assert (burglary.alarm != tamper.alarm, burglary.alarm_group) == (True, tamper.alarm_group)
    assert occurred(desk.told(desk.signal(code="130"))).alarm == burglary.alarm
    assert occurred(desk.told(desk.signal(code="137"))).alarm == tamper.alarm


def test_a_power_failure_does_not_swallow_a_burglary_nor_the_other_way_round(desk: Desk) -> None:
    power = desk.alarm(code="301")
    burglary = desk.alarm(code="130")
    fire = desk.alarm(code="110")
    assert len({power.alarm, burglary.alarm, fire.alarm}) == 3
    assert {power.alarm_group, burglary.alarm_group, fire.alarm_group} == {power.alarm}
    assert occurred(desk.told(desk.signal(code="350"))).alarm == power.alarm


def test_the_group_goes_on_for_ten_minutes_after_its_last_signal(desk: Desk) -> None:
    first = desk.alarm(zone="1")
    for _ in range(3):
        desk.now += 10 * MINUTE
        assert occurred(desk.told(desk.signal(zone="1"))).alarm == first.alarm
    desk.now += 10 * MINUTE + 1
    later = desk.told(desk.signal(zone="1")).events[-1]
    assert isinstance(later, a.AlarmRaised)
    assert later.alarm_group == later.alarm != first.alarm


def test_what_was_closed_takes_no_occurrence_but_its_group_goes_on(desk: Desk) -> None:
    first = desk.alarm()
    desk.claim(first.alarm)
    desk.close(first.alarm)
    second = desk.alarm()
    assert (second.alarm != first.alarm, second.alarm_group) == (True, first.alarm_group)


def test_another_sites_signal_belongs_to_another_group(desk: Desk) -> None:
    assert desk.alarm().alarm_group != desk.alarm(subject="site-b").alarm_group


def test_what_was_received_long_ago_is_no_part_of_what_happens_now(desk: Desk) -> None:
    now = desk.alarm()
    old = desk.alarm(received_at=desk.now - 3600 * SECOND)
    assert old.alarm_group == old.alarm
    assert occurred(desk.told(desk.signal())).alarm == now.alarm


def test_the_group_is_forgotten_with_the_last_of_its_alarms(desk: Desk) -> None:
    for code in ("130", "110"):
        alarm = desk.alarm(code=code).alarm
        desk.claim(alarm)
        desk.close(alarm)
    desk.now += 8 * 1440 * MINUTE
    desk.tick()
    assert not desk.state.alarms
    assert not desk.state.happenings
    assert not desk.state.groups


def test_a_group_is_remembered_until_the_last_of_its_alarms_is_forgotten(desk: Desk) -> None:
    for alarm in [desk.alarm(code=code).alarm for code in ("130", "301", "100")]:
        desk.claim(alarm)
        desk.close(alarm)
        desk.now += DAY
    desk.now += 3 * DAY
    remembered = []
    for _ in range(3):
        desk.after(DAY)
        remembered.append((len(desk.state.alarms), SITE in desk.state.groups))
    assert remembered == [(2, True), (1, True), (0, False)]


@pytest.mark.parametrize("code", ["130", "110"], ids=["an occurrence", "an alarm"])
def test_what_comes_late_into_a_happening_does_not_move_it_back(desk: Desk, code: str) -> None:
    first = desk.alarm()
    desk.told(desk.signal(code=code, received_at=first.received_at - 10 * MINUTE))
    assert occurred(desk.told(desk.signal(received_at=first.received_at + 10 * MINUTE))).alarm == first.alarm


def test_forgetting_what_happened_a_week_ago_ends_nothing_of_today(desk: Desk) -> None:
    old = desk.alarm()
    desk.claim(old.alarm)
    desk.close(old.alarm)
    desk.now += 7 * DAY - MINUTE
    now = desk.alarm()
    desk.now += 2 * MINUTE
    decision = desk.tick()
    assert decision is not None
    assert a.AlarmArchived(alarm=old.alarm) in decision.events
    assert occurred(desk.told(desk.signal())).alarm == now.alarm


def test_each_occurrence_is_kept_in_the_record(desk: Desk) -> None:
    first = desk.alarm(zone="1")
    told = [occurred(desk.told(desk.signal(zone=str(zone)))) for zone in range(2, 60)]
    assert {event.alarm for event in told} == {first.alarm}
    assert [event.zone for event in told] == [str(zone) for zone in range(2, 60)]
    assert len(desk.state.happenings[first.alarm].unrestored) == 32
    assert len(desk.state.happenings[first.alarm].zones) == 2


def test_a_restore_is_noted_on_the_alarm_and_leaves_it_open(desk: Desk) -> None:
    alarm = desk.alarm(zone="003").alarm
    desk.now += 3600 * SECOND
    decision = desk.told(desk.signal(zone="3", qualifier="restore"))
    assert outcome(decision) == ("logged", "restore")
    assert restored(decision) == [(alarm, "130", "3")]
    assert desk.state.open_of[SITE] == [alarm]


def test_a_restore_is_said_once_until_it_goes_off_again(desk: Desk) -> None:
    alarm = desk.alarm(zone="3").alarm
    restores = [restored(desk.told(desk.signal(zone="3", qualifier="restore"))) for _ in range(2)]
    assert restores == [[(alarm, "130", "3")], []]
    desk.told(desk.signal(zone="3"))
    assert restored(desk.told(desk.signal(zone="3", qualifier="restore"))) == [(alarm, "130", "3")]


@pytest.mark.parametrize(("zone", "code"), [("4", "130"), ("X3", "130"), ("3", "137")])
def test_another_zones_or_codes_restore_is_not_this_alarms(desk: Desk, zone: str, code: str) -> None:
    desk.alarm(zone="3")
    assert not restored(desk.told(desk.signal(zone=zone, code=code, qualifier="restore")))


@pytest.mark.parametrize(("alarm", "restore"), [("BA", "BR"), ("BA", "BH"), ("FA", "FR"), ("AT", "AR")])
def test_a_sia_restore_ends_what_its_table_says(desk: Desk, alarm: str, restore: str) -> None:
    raised = desk.alarm(code=alarm, zone="3")
    assert restored(desk.told(desk.signal(code=restore, zone="3"))) == [(raised.alarm, alarm, "3")]


def test_a_flood_of_malformed_signals_is_one_alarm(desk: Desk) -> None:
    first = desk.told(desk.malformed()).events[-1]
    assert isinstance(first, a.AlarmRaised)
    for _ in range(18):
        assert occurred(desk.told(desk.malformed())).alarm == first.alarm


def test_above_its_limit_a_subjects_signals_are_one_raw_alarm(desk: Desk) -> None:
    for _ in range(OF_SIGNALS):
        assert desk.alarm(code="121").class_ == "duress"
    group = desk.state.groups[SITE].id
    raw = desk.alarm(code="121")
    assert (raw.class_, raw.priority, raw.code) == ("raw", 1, "121")
    assert raw.alarm_group == group
    further = desk.told(desk.signal(code="110", zone="7"))
    assert outcome(further) == ("surfaced", "too_many_open")
    assert (occurred(further).alarm, occurred(further).class_) == (raw.alarm, "fire")
    assert len(desk.state.open_of[SITE]) == OF_SIGNALS + 1 < OPEN_PER_SUBJECT
    assert desk.alarm(code="121", subject="site-b").class_ == "duress"


def test_above_its_limit_a_subject_still_has_its_arming_logged(desk: Desk) -> None:
    for _ in range(OF_SIGNALS):
        desk.alarm(code="121")
    assert outcome(desk.told(desk.signal(code="401"))) == ("logged", "arm_disarm")


def test_the_systems_own_alarms_do_not_pile_up(desk: Desk) -> None:
    first = desk.hears(b"\xff")
    assert first is not None
    raised = first.events[0]
    assert isinstance(raised, a.AlarmRaised)
    for _ in range(300):
        again = desk.hears(b"\xff")
        assert again is not None
        assert occurred(again).alarm == raised.alarm
    desk.claim(raised.alarm, WANG)


def test_a_huge_signal_is_raised_raw_and_known_again(desk: Desk) -> None:
    huge = "z" * 100_000
    signal = desk.signal(code="301", zone=huge, id=SignalId(run="r" * 5000, line="a/1234", counter=1))
    recorded, raised = desk.told(signal).events
    assert isinstance(recorded, a.SignalRecorded) and isinstance(raised, a.AlarmRaised)
    assert (recorded.code, raised.class_, len(raised.zone) < 300) == ("301", "raw", True)
    assert desk.told(signal).answer == Already()
    assert occurred(desk.told(desk.signal(code="121", zone=huge))).priority == 1

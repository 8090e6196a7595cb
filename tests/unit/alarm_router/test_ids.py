"""Ids and spoken numbers are derived from where something was decided: decided again they are the same, for ever."""

from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from services.alarm_router.domain.identity import derived, spoken
from services.contracts import alarm as a
from services.contracts import commands as c
from services.contracts import guard as g
from services.contracts import interruption as i
from services.contracts.envelope import Decision
from services.contracts.police_track import TEST_BUREAU
from tests.unit.alarm_router.saying import BUREAU, LOG_ID, MINUTE, REASON, ZHAO, Desk

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def named(decision: Decision, *target: object) -> str:
    """RFC 9562, 5.5, by the log's id: of partition 0, the inbox record, and what else the name is of."""
    return str(uuid5(UUID(LOG_ID), "/".join(map(str, (0, decision.source.offset, *target)))))


def heard(text: str) -> int:
    """A number as it is read out, Crockford base32."""
    value = 0
    for digit in text:
        value = value * 32 + CROCKFORD.index(digit)
    return value


@given(st.uuids(), st.lists(st.one_of(st.integers(), st.text()), max_size=4))
def test_an_id_is_the_uuid_of_its_name_in_the_log(log: UUID, parts: list[object]) -> None:
    assert derived(str(log), *parts) == str(uuid5(log, "/".join(map(str, parts))))


@given(st.uuids(), st.integers(0, 1000), st.integers(0, 2**63))
def test_a_spoken_number_says_partition_source_and_two_characters_of_the_log(
    log: UUID, partition: int, source: int
) -> None:
    first, middle, last = spoken(str(log), partition, source).split("-")
    assert (heard(first), heard(middle), heard(last)) == (partition, source, log.int % 1024)
    assert (len(first) == 1 or partition >= 32, len(last)) == (True, 2)
    assert not middle.startswith("0") or source == 0


def test_an_alarm_is_named_by_its_signal(desk: Desk) -> None:
    decision = desk.told(desk.signal())
    raised = decision.events[-1]
    assert isinstance(raised, a.AlarmRaised)
    assert (raised.alarm, raised.alarm_group) == (named(decision), named(decision))
    assert raised.number == spoken(LOG_ID, 0, decision.source.offset)


def test_an_alarm_of_the_system_is_named_by_what_it_says_and_numbered_within_its_decision(desk: Desk) -> None:
    decision = desk.hears(b"\xff")
    assert decision is not None
    (raised,) = decision.events
    assert isinstance(raised, a.AlarmRaised)
    assert raised.alarm == raised.alarm_group == named(decision, "system", "inbox.malformed", 0)
    assert raised.number == f"{spoken(LOG_ID, 0, decision.source.offset)}-0"


def test_a_report_is_named_by_its_bureau_and_a_drill_by_the_test_endpoint(desk: Desk) -> None:
    for code, to_test, bureau in (("130", False, BUREAU), ("120", True, TEST_BUREAU)):
        alarm = desk.alarm(code=code).alarm
        desk.claim(alarm, ZHAO)
        desk.verify(alarm, by=ZHAO)
        asked = c.EscalateAlarm(
            **desk.head(ZHAO), alarm=alarm, mark="exercise" if to_test else "actual", to_test=to_test
        )
        decision = desk.told(asked)
        (escalated,) = decision.events
        assert isinstance(escalated, a.AlarmEscalated)
        assert (escalated.escalation, escalated.bureau) == (named(decision, 0, bureau), bureau)


def test_a_report_from_no_known_area_is_named_by_none() -> None:
    desk = Desk()
    alarm = desk.alarm().alarm
    desk.claim(alarm)
    desk.verify(alarm)
    decision = desk.escalate(alarm)
    (escalated,) = decision.events
    assert isinstance(escalated, a.AlarmEscalated)
    assert (escalated.escalation, escalated.bureau) == (named(decision, 0, ""), None)


def test_a_guard_is_named_by_its_order(desk: Desk) -> None:
    decision = desk.order_guard(desk.alarm().alarm)
    (ordered,) = decision.events
    assert isinstance(ordered, g.GuardOrdered)
    assert ordered.guard == named(decision, "guard")


def test_an_interruption_is_named_by_its_first_fact(desk: Desk) -> None:
    decision = desk.told(desk.signal(code="301"))
    began = decision.events[-1]
    assert isinstance(began, i.InterruptionBegan)
    assert began.interruption == named(decision, "interruption")
    assert began.number == spoken(LOG_ID, 0, decision.source.offset)


def test_a_window_is_named_by_its_command(desk: Desk) -> None:
    asked = i.OpenMaintenanceWindow(
        **desk.head(ZHAO), kind="maintenance", from_us=desk.now, until_us=desk.now + MINUTE, note=REASON
    )
    decision = desk.told(asked)
    (opened,) = decision.events
    assert isinstance(opened, i.MaintenanceWindowOpened)
    assert opened.window == named(decision, "window")

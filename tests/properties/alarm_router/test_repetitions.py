"""What a panel sends again is known, over the wrap of its sequence; what it says anew is not taken for it."""

from __future__ import annotations

from collections import Counter
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.alarm import SignalRecorded
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from tests.unit.alarm_router.saying import MINUTE, NOW, SECOND, SITE, Desk

LINES = 3
LATER = st.integers(0, 90 * SECOND)


def outcome(  # noqa: PLR0913 - all that a repetition is known by
    desk: Desk, line: int, sequence: int, zone: int, panel_time: int | None, counter: int
) -> str:
    """What becomes of one signal that is received now."""
    signal = SignalReceived(
        id=SignalId(run="r", line=f"default/{line}", counter=counter),
        sender="ingest",
        sent_at=desk.now,
        received_at=desk.now,
        subject=SITE,
        protocol="adm_cid",
        account_space="default",
        account=str(line),
        sequence=f"{sequence:04d}",
        code="130",
        zone=str(zone),
        panel_time=panel_time,
    )
    (recorded,) = [event for event in desk.told(signal).events if isinstance(event, SignalRecorded)]
    return recorded.outcome


def after(sequence: int) -> int:
    """0001 to 9999, and 0001 again."""
    return sequence % 9999 + 1


SENT = st.tuples(st.integers(0, LINES - 1), LATER, st.integers(1, 3))


@given(st.lists(SENT, max_size=25), st.integers(9980, 9999))
@settings(deadline=None)
def test_each_event_is_surfaced_once_however_often_it_is_sent_also_over_the_wrap(
    sent: list[tuple[int, int, int]], first: int
) -> None:
    """Every panel waits for its answer before the next event; several lines share a site and their numbers."""
    desk, counters = Desk(), count(1)
    sequences = [first] * LINES
    outcomes: Counter[str] = Counter()
    for line, pause, times in sent:
        desk.now += pause
        sequences[line] = after(sequences[line])
        made = desk.now
        for _ in range(times):
            outcomes[outcome(desk, line, sequences[line], 3, made, next(counters))] += 1
            desk.now += SECOND
    assert outcomes["retransmit"] == sum(times - 1 for *_, times in sent)
    assert outcomes["surfaced"] == len(sent)


@given(st.integers(1, 9999), st.integers(0, 9 * MINUTE))
@settings(deadline=None)
def test_without_a_panel_time_the_same_number_is_the_same_event_for_ten_minutes(
    sequence: int, pause: int
) -> None:
    desk = Desk()
    assert outcome(desk, 0, sequence, 3, None, 1) == "surfaced"
    desk.now += pause
    assert outcome(desk, 0, sequence, 3, None, 2) == "retransmit"
    desk.now = NOW + 10 * MINUTE + pause + SECOND
    assert outcome(desk, 0, sequence, 3, None, 3) == "surfaced"


@given(st.integers(0, 9999), st.integers(1, 5))
@settings(deadline=None)
def test_a_wrapped_number_with_another_time_zone_or_line_is_another_event(sequence: int, by: int) -> None:
    desk = Desk()
    assert outcome(desk, 0, sequence, 3, NOW, 1) == "surfaced"
    assert outcome(desk, 0, sequence, 3, NOW + by * SECOND, 2) == "surfaced"
    assert outcome(desk, 0, sequence, 3 + by, NOW, 3) == "surfaced"
    assert outcome(desk, by, sequence, 3, NOW, 4) == "surfaced"


def test_a_panel_that_numbers_everything_0000_is_told_apart_by_its_clock() -> None:
    desk = Desk()
    found = [outcome(desk, 0, 0, 3, NOW + second * SECOND, second + 1) for second in range(5)]
    assert found == ["surfaced"] * 5
    assert outcome(desk, 0, 0, 3, NOW + 2 * SECOND, 6) == "retransmit"

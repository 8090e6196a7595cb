"""How long a first answer is remembered: as long as the same may come again, and to the microsecond no longer."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.contracts import commands as c
from services.contracts.envelope import Accepted, Already, Answer, Command, Refused
from services.contracts.reports import Cause, SignalCarried, TypedWhileUndecided
from tests.unit.alarm_router.saying import DAY, MINUTE, WANG, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def again(
    desk: Desk, said: Command | TypedWhileUndecided | SignalCarried, after: int, *, since: int
) -> Answer:
    """The answer to the same so long after an instant, when something else was decided just before."""
    desk.now = since + after
    desk.told(desk.signal(code="401"))
    return desk.told(replace(said, sent_at=desk.now)).answer


def test_of_a_command_for_three_minutes_from_its_decision(desk: Desk) -> None:
    claim = c.ClaimAlarm(**desk.head(WANG), alarm=desk.alarm().alarm)
    desk.now += MINUTE
    decided = desk.told(claim).time
    assert again(desk, claim, 3 * MINUTE, since=decided) == Accepted()
    assert again(desk, claim, 3 * MINUTE + 1, since=decided) == Refused(reason="too_late")


def test_of_one_that_was_too_early_for_three_minutes_from_when_it_says_that_it_was_made(desk: Desk) -> None:
    made = desk.now + 10 * MINUTE
    claim = c.ClaimAlarm(**desk.head(WANG, at=made), alarm=desk.alarm().alarm)
    assert desk.told(claim).answer == Refused(reason="too_early")
    assert again(desk, claim, 3 * MINUTE, since=made) == Refused(reason="too_early")
    assert again(desk, claim, 3 * MINUTE + 1, since=made) == Refused(reason="too_late")


def test_of_what_was_typed_while_nothing_was_decided_for_a_week(desk: Desk) -> None:
    typed = desk.typed(desk.told(desk.signal()).source.offset)
    decided = desk.told(typed).time
    assert again(desk, typed, 7 * DAY, since=decided) == Already()
    assert again(desk, typed, 7 * DAY + 1, since=decided) == Accepted()


def test_of_a_carried_signal_for_a_week(desk: Desk) -> None:
    cause = Cause(partition=3, offset=7, time=desk.now)
    signal = desk.signal(subject="shell", code="401")
    carried = SignalCarried(
        sender="followup", sent_at=desk.now, subject=signal.subject, cause=cause, signal=signal
    )
    decided = desk.told(carried).time
    assert again(desk, carried, 7 * DAY, since=decided) == Already()
    assert again(desk, carried, 7 * DAY + 1, since=decided) == Refused(reason="too_old")


def test_in_the_order_in_which_they_end_whichever_was_decided_first(desk: Desk) -> None:
    typed = desk.typed(desk.told(desk.signal()).source.offset)
    desk.told(typed)
    later = desk.now + 10 * MINUTE
    early = c.ClaimAlarm(**desk.head(WANG, at=later), alarm="any")
    desk.told(early)
    again(desk, typed, 4 * MINUTE, since=later)
    assert list(desk.state.answers) == [typed.id]

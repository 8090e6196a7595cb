"""The judgement of the tests that set a screen against the state: neither too strict nor too lenient."""

from __future__ import annotations

from tests.the_rows import compared

RAISED, OVERDUE = [("a1", 1)], [("a1", 4)]


def test_a_row_that_changes_after_both_agreed_is_no_lost_change() -> None:
    states, screens = iter([RAISED, OVERDUE]), iter([RAISED, RAISED])
    assert compared(lambda: next(states), lambda: next(screens), 0) == (RAISED, RAISED)


def test_a_change_that_never_comes_is_one() -> None:
    assert compared(lambda: OVERDUE, lambda: RAISED, 0) == (RAISED, OVERDUE)


def test_the_state_is_read_before_the_screen() -> None:
    said: list[str] = []

    def held() -> list[tuple[str, int]]:
        said.append("state")
        return RAISED

    def shown() -> list[tuple[str, int]]:
        said.append("screen")
        return RAISED

    compared(held, shown, 0)
    assert said == ["state", "screen"]

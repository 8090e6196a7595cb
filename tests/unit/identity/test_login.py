"""When logging in is slowed down."""

from __future__ import annotations

from services.identity.domain.login import MOST_FAILURES, WINDOW_US, wait_us


def test_four_failures_cost_nothing() -> None:
    assert wait_us(range(MOST_FAILURES - 1), 10) == 0


def test_after_the_fifth_one_waits_until_the_first_of_them_is_old() -> None:
    assert wait_us(range(MOST_FAILURES), 10) == WINDOW_US - 10
    assert wait_us(range(MOST_FAILURES), WINDOW_US + 1) == 0

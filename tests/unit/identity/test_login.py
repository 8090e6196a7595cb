"""When logging in is slowed down, and for whom."""

from __future__ import annotations

import pytest

from services.identity.domain.login import MOST_FAILURES, WINDOW_US, source_of, wait_us


def test_four_failures_cost_nothing() -> None:
    assert wait_us(range(MOST_FAILURES - 1), 10) == 0


def test_after_the_fifth_one_waits_until_the_first_of_them_is_old() -> None:
    assert wait_us(range(MOST_FAILURES), 10) == WINDOW_US - 10
    assert wait_us(range(MOST_FAILURES), WINDOW_US + 1) == 0


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("jiejing mend", "jiejing mend"),
        ("", ""),
    ],
)
def test_a_source_is_an_address_or_a_site(host: str, source: str) -> None:
    assert source_of(host) == source

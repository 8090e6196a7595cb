"""An alarm's number is found however it was heard and typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alarm_router.domain.identity import spoken
from services.desk.adapters.postgres_views import spoken_form

LOG = "01a1ff1c-fb36-768b-af68-a321fb8dd8a5"


@given(st.integers(0, 11), st.integers(0, 10**9))
def test_a_number_is_found_as_it_was_spoken_with_or_without_its_hyphens(partition: int, source: int) -> None:
    number = spoken(LOG, partition, source)
    for typed in (number, number.lower(), number.replace("-", ""), number.replace("-", " ")):
        assert spoken_form(f" {typed} ") == number


@pytest.mark.parametrize("typed", ["6-IA-OO", "6-la-oo", "6－1A－00"])
def test_what_is_easily_misread_means_the_digit(typed: str) -> None:
    assert spoken_form(typed) == "6-1A-00"


@pytest.mark.parametrize("typed", ["", "x", "花园", "'; drop"])
def test_anything_else_is_no_number_and_no_error(typed: str) -> None:
    assert spoken_form(typed).count("-") == 2

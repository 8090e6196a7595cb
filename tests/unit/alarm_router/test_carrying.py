"""A state as parts that a record can carry: how large they are, in which order they come, and what cannot be one."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.alarm_router.domain.carrying import ROUND_BYTES, SOME, WHOLE_BYTES, parts_of, put_back, take
from services.contracts.envelope import StatePart


class Known(msgspec.Struct):
    """What somebody knows, as short or as long as a test wants it."""

    named: dict[str, str] = {}
    some: list[str] = []


class Odd(msgspec.Struct):
    """What no record can carry."""

    number: complex = 0j


def length(value: Any) -> int:
    return len(msgspec.json.encode(value))


def carried(state: Known) -> list[tuple[tuple[str, ...], Any]]:
    """Where each part belongs and what it says; together they are the state."""
    parts = [part for of_one in parts_of(state) for part in of_one]
    known: dict[str, Any] = {}
    take(known, parts)
    again = Known()
    put_back(again, known)
    assert again == state
    return [(part.at, msgspec.json.decode(part.value)) for part in parts]


def test_a_round_is_filled_to_its_last_byte() -> None:
    a_quarter = "." * (ROUND_BYTES // 4 - length(StatePart(at=("named", "0"), value='""')))
    state = Known(named={str(number): a_quarter for number in range(9)})
    of_each = [[part.at[-1] for part in of_one] for of_one in parts_of(state)]
    assert of_each == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8", "some"]]


def test_a_list_goes_whole_up_to_its_bound_and_some_elements_at_a_time_beyond() -> None:
    words = [""] * (SOME + 50)
    words[0] = "." * (WHOLE_BYTES - length(words))
    assert carried(Known(some=words)) == [(("named",), {}), (("some",), words)]
    words[0] += "."
    assert carried(Known(some=words)) == [
        (("named",), {}),
        (("some",), words[:SOME]),
        (("some",), words[SOME:]),
    ]


def test_names_go_as_many_at_a_time_as_fill_a_part() -> None:
    an_eighth = "." * (WHOLE_BYTES // 8 - length("") - len("a"))
    state = Known(named=dict.fromkeys("abcdefghijklmnopqrst", an_eighth))
    parts = [(at, "".join(value)) for at, value in carried(state) if at != ("some",)]
    assert parts == [(("named",), "abcdefgh"), (("named",), "ijklmnop"), (("named",), "qrst")]


def test_a_name_that_is_larger_than_a_part_has_its_own_and_what_is_around_it_keeps_its_order() -> None:
    fills = "." * (WHOLE_BYTES - length("") - len("a"))
    beyond = f"{fills}."
    assert carried(Known(named={"a": fills, "b": "", "c": beyond, "d": ""}))[:-1] == [
        (("named",), {"a": fills}),
        (("named",), {"b": ""}),
        (("named", "c"), beyond),
        (("named",), {"d": ""}),
    ]


def test_what_no_record_can_carry_is_named() -> None:
    with pytest.raises(NotImplementedError, match="complex"):
        parts_of(Odd())
    with pytest.raises(NotImplementedError, match="complex"):
        put_back(Odd(), {"number": "1"})

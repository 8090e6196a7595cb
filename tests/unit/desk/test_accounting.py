"""Received = recorded + refused + under way + unaccounted, at every look."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.views import Accounting
from services.desk.domain.accounting import LOOKS, AtSockets, Books

COUNTS = st.integers(0, 1000)


def sockets(received: int, *, run: str = "r1", refused: int = 0, under_way: int = 0) -> AtSockets:
    recorded = received - refused - under_way
    return AtSockets(run, received, recorded, {"invalid": refused} if refused else {}, under_way)


def looked(
    books: Books, times: int, counted: AtSockets, recorded: dict[str, int], waiting: int = 0
) -> Accounting:
    for _ in range(times):
        seen = books.join(counted, recorded, waiting)
    return seen


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_the_equation_holds_whatever_is_counted(  # noqa: PLR0913 - the six counts
    received: int, refused: int, surfaced: int, logged: int, under_way: int, waiting: int
) -> None:
    counted = AtSockets("r1", received, 0, {"x": refused}, under_way)
    seen = looked(Books(), LOOKS, counted, {"surfaced": surfaced, "logged": logged}, waiting)
    assert seen.under_way >= 0 and seen.unaccounted >= 0
    if received >= refused + surfaced + logged:
        assert seen.received == seen.recorded + seen.refused + seen.under_way + seen.unaccounted


def test_what_stays_away_from_the_record_is_unaccounted_after_some_looks() -> None:
    books = Books()
    assert looked(books, LOOKS - 1, sockets(10), {"surfaced": 7}).unaccounted == 0
    seen = books.join(sockets(10), {"surfaced": 7}, 0)
    assert (seen.unaccounted, seen.under_way, seen.recorded) == (3, 0, 7)


def test_a_difference_that_passes_is_under_way() -> None:
    books = Books()
    looked(books, LOOKS, sockets(10), {"surfaced": 10})
    seen = looked(books, LOOKS - 1, sockets(12), {"surfaced": 10})
    assert (seen.unaccounted, seen.under_way) == (0, 2)


def test_what_waits_in_a_stopped_partition_is_under_way_for_as_long_as_it_waits() -> None:
    seen = looked(Books(), 10, sockets(10), {"logged": 4}, waiting=6)
    assert (seen.unaccounted, seen.under_way) == (0, 6)


def test_what_was_refused_or_is_still_at_the_socket_is_accounted() -> None:
    seen = looked(Books(), LOOKS, sockets(10, refused=2, under_way=1), {"retransmit": 5, "suppressed": 2})
    assert (seen.refused, seen.under_way, seen.unaccounted, seen.retransmit, seen.suppressed) == (
        2,
        1,
        0,
        5,
        2,
    )


def test_a_restart_begins_anew_and_does_not_take_the_old_differences_over() -> None:
    books = Books()
    assert looked(books, LOOKS, sockets(10), {"surfaced": 7}).unaccounted == 3
    assert books.join(sockets(1, run="r2"), {"surfaced": 1}, 0).unaccounted == 0

"""What waits in a partition's inbox."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.views import UndecidedSignal
from services.desk.domain.waiting import SHOWN_AT_MOST, STOPPED_US, Waiting
from services.picture.undecided import RawSignal


def raw(offset: int, run: str = "r") -> RawSignal:
    signal = UndecidedSignal(
        partition=3,
        offset=offset,
        site="s",
        account_space="d",
        account="1",
        code="130",
        class_="burglary",
        received_at=offset,
    )
    return RawSignal(signal, run)


def test_nothing_waits_at_first() -> None:
    waiting = Waiting(3)
    assert (len(waiting), waiting.since(), waiting.stopped(10**18), waiting.signals()) == (0, None, None, ())


def test_it_is_stopped_when_the_oldest_has_waited_too_long() -> None:
    waiting = Waiting(3)
    waiting.append(5, 1000, None)
    waiting.append(6, 2000, raw(6))
    assert waiting.stopped(1000 + STOPPED_US) is None
    stopped = waiting.stopped(1001 + STOPPED_US)
    assert stopped is not None
    assert (stopped.partition, stopped.since, stopped.waiting) == (3, 1000, 2)
    waiting.decided(5)
    assert waiting.stopped(1001 + STOPPED_US) is None


def test_a_long_backlog_shows_its_newest_signals_and_counts_all() -> None:
    waiting = Waiting(3)
    for offset in range(SHOWN_AT_MOST + 500):
        waiting.append(offset, offset, raw(offset))
    assert len(waiting) == SHOWN_AT_MOST + 500
    assert [one.offset for one in waiting.signals()] == list(range(500, SHOWN_AT_MOST + 500))


RECORDS = st.lists(st.sampled_from(["command", "r1", "r2"]), max_size=60)


@given(RECORDS, st.lists(st.integers(0, 70), max_size=10))
def test_what_waits_is_what_lies_beyond_the_highest_decided(records: list[str], sources: list[int]) -> None:
    waiting = Waiting(3)
    for offset, kind in enumerate(records):
        waiting.append(offset, offset * 10, None if kind == "command" else raw(offset, kind))
    reached = -1
    for source in sources:
        reached = max(reached, source)
        waiting.decided(source)
    left = [(offset, kind) for offset, kind in enumerate(records) if offset > reached]
    assert len(waiting) == len(left)
    assert waiting.since() == (left[0][0] * 10 if left else None)
    assert [one.offset for one in waiting.signals()] == [at for at, kind in left if kind != "command"]
    for run in ("r1", "r2"):
        assert waiting.of_run[run] == sum(kind == run for _, kind in left)

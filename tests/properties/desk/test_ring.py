"""A picture that is continued from anywhere becomes the whole picture, or is not continued at all."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.views import PartitionPosition
from services.desk.domain.feed_board import Happening
from services.desk.domain.feed_ring import Ring
from tests.unit.picture.test_alarm_view import decision, raised
from tests.unit.picture.test_alarm_view import given as folded

if TYPE_CHECKING:
    from collections.abc import Sequence

ALARM = folded(decision(raised())).alarms["a1"]
STEPS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(1, 3)), max_size=40)


def place(partition: int, offset: int, log_id: str = "log") -> PartitionPosition:
    return PartitionPosition(partition=partition, log_id=log_id, offset=offset, decided_at=0)


def happenings(steps: Sequence[tuple[int, int, int]]) -> list[Happening]:
    """In each step a partition goes on by some offsets, and its last one changes so many views."""
    ends = dict.fromkeys(range(3), 0)
    found = []
    for partition, gap, views in steps:
        ends[partition] += gap
        found.append(Happening(partition, ends[partition], "log", None, (ALARM,) * views, ()))
    return found


@given(steps=STEPS, cut=st.integers(0, 40), half=st.booleans(), kept=st.integers(1, 50))
def test_whatever_a_client_has_not_seen_is_said_in_order(
    steps: list[tuple[int, int, int]], cut: int, half: bool, kept: int
) -> None:
    told = happenings(steps)
    with patch.object(Ring, "most", kept):
        ring = Ring({partition: place(partition, 0) for partition in range(3)}, [])
        for one in told:
            ring.add([one], [place(one.partition, one.offset)])
    seen, unseen = told[:cut], told[cut:]
    # Of the last decision a half may have arrived: then its offset is named, and the rest is still wanted.
    if half and seen and seen[-1].is_many:
        unseen = [seen[-1], *unseen]
    at = dict.fromkeys(range(3), 0) | {one.partition: one.offset for one in seen}
    missed = ring.missed([place(partition, offset) for partition, offset in at.items()])
    if missed is None:
        assert len(told) > kept
        return
    assert [one for one in missed if one in unseen] == unseen
    assert all(one in unseen or one.offset == at[one.partition] for one in missed)


@given(steps=STEPS)
def test_a_client_that_has_everything_misses_nothing_but_what_may_be_half(
    steps: list[tuple[int, int, int]],
) -> None:
    told = happenings(steps)
    ends = {one.partition: one for one in told}
    positions = [
        place(partition, ends[partition].offset if partition in ends else 0) for partition in range(3)
    ]
    ring = Ring({partition: place(partition, 0) for partition in range(3)}, [])
    ring.add(told, positions)
    missed = ring.missed(positions)
    assert missed is not None
    assert sorted(one.partition for one in missed) == sorted(
        one.partition for one in ends.values() if one.is_many
    )


def test_a_client_of_another_log_or_from_the_future_or_of_fewer_partitions_is_not_continued() -> None:
    ring = Ring({0: place(0, 5), 1: place(1, 5)}, [])
    assert ring.missed([place(0, 5), place(1, 5)]) == []
    assert ring.missed([place(0, 5, "other"), place(1, 5)]) is None
    assert ring.missed([place(0, 6), place(1, 5)]) is None
    assert ring.missed([place(0, 4), place(1, 5)]) is None
    assert ring.missed([place(0, 5)]) is None

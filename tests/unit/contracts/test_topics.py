"""Where a subject lies."""

from __future__ import annotations

import pytest

from services.contracts.topics import PARTITIONS, partition_of, subject_of_partition


@pytest.mark.parametrize("partition", range(PARTITIONS))
def test_what_a_partition_says_of_itself_is_answered_there(partition: int) -> None:
    assert partition_of(subject_of_partition(partition)) == partition


@pytest.mark.parametrize("subject", ["partition/", "partition/12", "partition/x", "partition/-1", "site"])
def test_any_other_name_lies_somewhere(subject: str) -> None:
    assert 0 <= partition_of(subject) < PARTITIONS

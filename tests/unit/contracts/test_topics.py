"""Where a subject lies."""

from __future__ import annotations

import pytest

from services.contracts.topics import (
    DIRECTORY,
    EVENTS,
    INBOX,
    PARTITIONS,
    inbox_of,
    partition_of,
    subject_of_partition,
    topic_of,
)


@pytest.mark.parametrize("partition", range(PARTITIONS))
def test_what_a_partition_says_of_itself_is_answered_there(partition: int) -> None:
    assert partition_of(subject_of_partition(partition)) == partition


@pytest.mark.parametrize("subject", ["partition/", "partition/12", "partition/x", "partition/-1", "site"])
def test_any_other_name_lies_somewhere(subject: str) -> None:
    assert 0 <= partition_of(subject) < PARTITIONS


def test_a_generation_of_a_log_is_known_by_its_inbox_and_other_topics_have_one() -> None:
    assert inbox_of(INBOX) == inbox_of(EVENTS) == "alarm.inbox"
    assert inbox_of(f"t1.{EVENTS}") == "t1.alarm.inbox"
    assert inbox_of(DIRECTORY) is inbox_of(f"{EVENTS}.2") is None
    assert [topic_of(EVENTS, number) for number in (1, 2)] == ["alarm.events", "alarm.events.2"]

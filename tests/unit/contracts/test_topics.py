"""Where a subject lies."""

from __future__ import annotations

import pytest

from services.contracts.topics import (
    DIRECTORY,
    EVENTS,
    INBOX,
    PARTITIONS,
    generations_of,
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


def test_a_generation_counts_once_its_inbox_is_there_whatever_else_is() -> None:
    there = {"alarm.inbox", "alarm.events", "alarm.events.2", "alarm.inbox.old", "t1.alarm.inbox.7"}
    assert generations_of(INBOX, there) == generations_of(EVENTS, there) == (1,)
    there |= {"alarm.inbox.2", "alarm.events.10", "alarm.inbox.10"}
    assert generations_of(INBOX, there) == generations_of(EVENTS, there) == (1, 2, 10)
    assert generations_of(f"t1.{EVENTS}", there) == (1, 7)
    assert generations_of(DIRECTORY, there) == (1,)
    assert [topic_of(EVENTS, number) for number in (1, 2)] == ["alarm.events", "alarm.events.2"]

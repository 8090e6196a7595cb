"""`infra/kafka/topics.toml` is the source; the code may not say something else."""

from __future__ import annotations

from services.contracts.topics import (
    DIRECTORY,
    EVENTS,
    INBOX,
    LAST_HEARD,
    LIVENESS,
    PARTITIONS,
    POLICE_ORDERS,
    REGISTRY_EVENTS,
)
from services.station.adapters.kafka_topics import wanted_topics

BY_NAME = {topic.name: topic for topic in wanted_topics()}


def test_the_file_and_the_code_name_the_same_topics_with_the_same_partitions() -> None:
    assert {name: topic.partitions for name, topic in BY_NAME.items()} == {
        INBOX: PARTITIONS,
        EVENTS: PARTITIONS,
        DIRECTORY: PARTITIONS,
        POLICE_ORDERS: PARTITIONS,
        LIVENESS: PARTITIONS,
        LAST_HEARD: PARTITIONS,
        REGISTRY_EVENTS: 1,
    }


def test_what_is_kept_for_ever_is_never_deleted_and_flushed_with_each_record() -> None:
    for name in (INBOX, EVENTS, REGISTRY_EVENTS):
        config = BY_NAME[name].config
        assert config["retention.ms"] == config["retention.bytes"] == "-1"
        assert config["flush.messages"] == "1"
        assert config["cleanup.policy"] == "delete"


def test_the_broker_stamps_the_inbox_and_the_directory_is_compacted() -> None:
    assert BY_NAME[INBOX].config["message.timestamp.type"] == "LogAppendTime"
    assert BY_NAME[DIRECTORY].config["cleanup.policy"] == "compact"

"""Topics: what `topics.toml` names is made, and what is there is compared with it."""

from __future__ import annotations

import contextlib
import tomllib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from services.station.errors import StationError

with warnings.catch_warnings():
    # It reads package data with a call that Python 3.11 and 3.12 deprecate.
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError, TopicAlreadyExistsError

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_MS = 10_000
PATIENCE_MS = 60_000  # a busy broker takes its time to elect a leader for each new partition
SOURCE = Path(__file__).parents[3] / "infra" / "kafka" / "topics.toml"


class Topic(NamedTuple):
    """One topic as it is made."""

    name: str
    partitions: int
    config: Mapping[str, str]


def wanted_topics(source: Path = SOURCE) -> list[Topic]:
    """All topics of the file."""
    named = tomllib.loads(source.read_text(encoding="utf-8"))["topics"]
    return [Topic(name, one["partitions"], one["config"]) for name, one in named.items()]


def _admin(kafka: str, answer_ms: int = ANSWER_MS) -> KafkaAdminClient:
    return KafkaAdminClient(bootstrap_servers=kafka, client_id="jiejing-topics", request_timeout_ms=answer_ms)


def is_writable(kafka: str) -> bool:
    """Whether the broker answers and every partition it holds has a leader."""
    try:
        admin = _admin(kafka)
    except (KafkaError, OSError):
        return False
    try:
        found = admin.describe_topics()
        return all(one["leader_id"] >= 0 for topic in found for one in topic["partitions"])
    except (KafkaError, OSError):
        return False
    finally:
        admin.close()


def make_topics(kafka: str, topics: list[Topic], prefix: str = "") -> list[str]:
    """Make what is missing, wait for leaders, and return the names made.

    Raises `StationError` when the broker cannot be reached or a topic has another number of partitions.
    """
    try:
        admin = _admin(kafka, PATIENCE_MS)
        try:
            return _make(admin, topics, prefix)
        finally:
            admin.close()
    except (KafkaError, OSError) as problem:
        message = (
            f"Kafka at {kafka} does not make topics ({type(problem).__name__}: {problem}): is it running?"
        )
        raise StationError(message) from problem


def _make(admin: KafkaAdminClient, topics: list[Topic], prefix: str) -> list[str]:
    names = [prefix + topic.name for topic in topics]
    present = set(admin.list_topics())
    _compare(admin, topics, prefix, present)
    missing = {
        prefix + topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": 1,
            "configs": dict(topic.config),
        }
        for topic in topics
        if prefix + topic.name not in present
    }
    if missing:
        with contextlib.suppress(
            TopicAlreadyExistsError
        ):  # another start was quicker; the wait sees the same topics
            admin.create_topics(missing, timeout_ms=PATIENCE_MS)
        admin.wait_for_topics(names, timeout_ms=PATIENCE_MS)
    return list(missing)


def _compare(admin: KafkaAdminClient, topics: list[Topic], prefix: str, present: set[str]) -> None:
    wanted = {prefix + topic.name: topic.partitions for topic in topics}
    asked = sorted(present & set(wanted))
    for found in admin.describe_topics(asked) if asked else []:
        name = found["name"]
        if len(found["partitions"]) != wanted[name]:
            message = (
                f"topic {name} has {len(found['partitions'])} partitions and must have {wanted[name]}: "
                "use another Kafka or another data folder, the number is fixed for ever"
            )
            raise StationError(message)

"""Topics: what `topics.toml` names is made, and what is there is compared with it."""

from __future__ import annotations

import asyncio
import contextlib
import time
import tomllib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aiokafka.cluster import ClusterMetadata
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaError as ClientError
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.structs import TopicPartition

from services.station.errors import StationError

with warnings.catch_warnings():
    # It reads package data with a call that Python 3.11 and 3.12 deprecate.
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
    from kafka.errors import KafkaError, TopicAlreadyExistsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ANSWER_SECONDS = 10.0
PATIENCE_MS = 60_000  # a busy broker takes its time to elect a leader for each new partition
PAUSE_S = 0.1
SEALED = {"max.message.bytes": "0"}
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


async def is_writable(kafka: str, *, seconds: float = ANSWER_SECONDS) -> bool:
    """Whether a broker answers within `seconds` and every partition it knows has a leader.

    All are asked at the same time, on a connection that can be given up at any moment: kafka-python's admin client
    waits for a broker that stands still for half a minute, whatever it is told.
    """
    asked = (_has_leaders(host, port, seconds) for host, port, _ in collect_hosts(kafka))
    return any(await asyncio.gather(*asked))


async def _has_leaders(host: str, port: int, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            connection = await create_conn(host, port, request_timeout_ms=round(seconds * 1000))
            try:
                said = await connection.send(MetadataRequest(None))
            finally:
                connection.close()
    except (ClientError, OSError, TimeoutError):
        return False
    cluster = ClusterMetadata()
    cluster.update_metadata(said)
    return all(
        cluster.leader_for_partition(TopicPartition(topic, partition)) >= 0
        for topic in cluster.topics(exclude_internal_topics=False)
        for partition in cluster.partitions_for_topic(topic)
    )


def make_topics(kafka: str, topics: list[Topic], prefix: str = "", *, replicas: int = 1) -> list[str]:
    """Make what is missing, each partition on so many brokers, wait for leaders, and return the names made.

    Raises `StationError` when the broker cannot be reached or a topic has another number of partitions.
    """
    with _asking(kafka, "make topics") as admin:
        return _make(admin, topics, prefix, replicas)


def topics_there(kafka: str) -> list[str]:
    """Which of ours the broker has. Raises `StationError`."""
    with _asking(kafka, "list topics") as admin:
        return sorted({one.name for one in wanted_topics()} & set(admin.list_topics()))


def all_topics(kafka: str) -> frozenset[str]:
    """Every topic that the broker has. Raises `StationError`."""
    with _asking(kafka, "list topics") as admin:
        return frozenset(admin.list_topics())


def replicas_of(kafka: str, name: str) -> int:
    """On how many brokers the topic lies. Raises `StationError`."""
    with _asking(kafka, "describe topics") as admin:
        (found,) = admin.describe_topics([name])
        return len(found["partitions"][0]["replica_nodes"])


def drop_topics(kafka: str, which: Callable[[str], bool]) -> None:
    """Take away those that are there, and wait until the broker knows them no more. Raises `StationError`."""
    with _asking(kafka, "drop topics") as admin:
        if dropped := set(filter(which, admin.list_topics())):
            admin.delete_topics(sorted(dropped), timeout_ms=PATIENCE_MS)
        while dropped & set(admin.list_topics()):
            time.sleep(PAUSE_S)


def seal_topics(kafka: str, names: Sequence[str]) -> None:
    """Nobody writes into them any more, whoever tries: no record is small enough. Raises `StationError`.

    Brokers hear of it a moment later; until then compare the ends.
    """
    with _asking(kafka, "change topics") as admin:
        sealed = [ConfigResource(ConfigResourceType.TOPIC, name, dict(SEALED)) for name in names]
        admin.alter_configs(sealed, incremental=True)


def set_topics(kafka: str, topics: list[Topic]) -> None:
    """Give topics that are there these settings and no others. Raises `StationError`."""
    with _asking(kafka, "change topics") as admin:
        for topic in topics:
            resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, dict(topic.config))
            admin.alter_configs([resource], incremental=False)


@contextlib.contextmanager
def _asking(kafka: str, what: str) -> Iterator[KafkaAdminClient]:
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=kafka,
            client_id="jiejing-topics",
            bootstrap_timeout_ms=round(ANSWER_SECONDS * 1000),
            request_timeout_ms=PATIENCE_MS,
        )
        try:
            yield admin
        finally:
            admin.close()
    except (KafkaError, OSError) as problem:
        message = f"Kafka at {kafka} does not {what} ({type(problem).__name__}: {problem}): is it running?"
        raise StationError(message) from problem


def _make(admin: KafkaAdminClient, topics: list[Topic], prefix: str, replicas: int) -> list[str]:
    names = [prefix + topic.name for topic in topics]
    present = set(admin.list_topics())
    _compare(admin, topics, prefix, present)
    missing = {
        prefix + topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": replicas,
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

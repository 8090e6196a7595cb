"""How many generations of a log Kafka has. Each is asked for by its name, and none is made by asking."""

from __future__ import annotations

from itertools import count

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, UnknownTopicOrPartitionError
from aiokafka.protocol.metadata import MetadataRequest

from services.contracts.topics import inbox_of, topic_of


async def generations(client: AIOKafkaClient, log: str) -> int:
    """Those that count, by their inboxes; one at least. Raises `KafkaError`."""
    inbox = inbox_of(log)
    if inbox is None:
        return 1
    for later in count(2):
        if not await _is_there(client, topic_of(inbox, later)):
            return later - 1
    raise AssertionError


async def _is_there(client: AIOKafkaClient, topic: str) -> bool:
    node = client.get_random_node()
    if node is None:
        raise KafkaConnectionError("no broker is known")
    said = await client.send(node, MetadataRequest([topic], allow_auto_topic_creation=False))
    error, *_ = said.topics[0]
    return bool(error != UnknownTopicOrPartitionError.errno)

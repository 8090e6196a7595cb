"""Digests on Kafka."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contracts.codec import encode
from services.contracts.topics import LIVENESS
from services.eventsourcing.ports import AppendUnknown
from services.ingest.ports import AppendFailed
from services.runtime.kafka_records import KafkaRecords

if TYPE_CHECKING:
    from services.contracts.liveness import HeardDigest


class KafkaDigestLog:
    """One producer for all partitions: one request carries them all."""

    def __init__(self, bootstrap: str, topic: str = LIVENESS) -> None:
        """`bootstrap`: `host:port[,host:port]`."""
        self._records = KafkaRecords(bootstrap)
        self._topic = topic

    async def append(self, partition: int, digest: HeardDigest) -> None:
        """See the port."""
        try:
            await self._records.append(self._topic, partition, str(partition), encode(digest))
        except AppendUnknown as error:
            msg = f"the broker did not take a digest: {error}"
            raise AppendFailed(msg) from error

    async def close(self) -> None:
        """Let go of the broker."""
        await self._records.close()

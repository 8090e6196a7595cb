"""The inbox on Kafka: acknowledged by all replicas, in order, without waiting for company (linger 0)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.contracts.codec import encode
from services.contracts.topics import INBOX, partition_of
from services.ingest.ports import AppendFailed
from services.runtime.kafka_event_log import let_go

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.ingest.ports import Signal


# An idempotent producer retries for ever, so stopping it while the broker is away would wait for ever.
_STOP_SECONDS = 3


class KafkaSignalLog:
    """One idempotent producer: while the broker is away it retries, and keeps the order within a partition.

    After an error that the producer could not mend it is closed, and the next append begins a new one.
    """

    def __init__(self, bootstrap: str, topic: str = INBOX) -> None:
        """`bootstrap`: `host:port[,host:port]`."""
        self._bootstrap = bootstrap
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def append(self, records: Sequence[Signal]) -> None:
        """Keep the records durably. Raises `AppendFailed`."""
        producer = await self._running()
        try:
            # Sent without a wait between them, so that nothing of another caller comes between in a partition.
            sent = [await self._send(producer, record) for record in records]
            await asyncio.gather(*sent)
        except KafkaError as error:
            await self._discard(producer)
            msg = f"the broker did not take the records: {error!r}"
            raise AppendFailed(msg) from error

    async def close(self) -> None:
        """Let go of the broker; what is still being sent gets its answer first."""
        if self._producer is not None:
            await self._discard(self._producer)

    async def start(self) -> None:
        """Connect ahead of the first append. Raises `AppendFailed`."""
        await self._running()

    async def _send(self, producer: AIOKafkaProducer, record: Signal) -> asyncio.Future[object]:
        subject = record.subject
        sent: asyncio.Future[object] = await producer.send(
            self._topic, encode(record), key=subject.encode(), partition=partition_of(subject)
        )
        return sent

    async def _running(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                self._producer = await self._started()
            return self._producer

    async def _started(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            request_timeout_ms=10_000,
            retry_backoff_ms=50,
            metadata_max_age_ms=60_000,
        )
        try:
            await producer.start()
        except BaseException as error:
            await let_go(producer)
            if not isinstance(error, KafkaError):
                raise
            msg = f"no broker at {self._bootstrap}: {error!r}"
            raise AppendFailed(msg) from error
        return producer

    async def _discard(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await let_go(producer)

"""Appending single records, acknowledged, for programs that report into the inbox or hand work on."""

from __future__ import annotations

import asyncio

from aiokafka.errors import KafkaError

from services.eventsourcing.ports import AppendUnknown
from services.runtime.kafka_clients import REQUEST_TIMEOUT_MS, Producer, let_go, new_producer


class KafkaRecords:
    """One producer, opened when it is first needed and replaced after a failure."""

    def __init__(self, kafka: str) -> None:
        """`kafka`: bootstrap servers."""
        self._kafka = kafka
        self._producer: Producer | None = None
        self._opening = asyncio.Lock()

    async def append(self, topic: str, partition: int, key: str, value: bytes) -> None:
        """To the newest generation of the topic; returns when the record is durable.

        Raises `AppendUnknown`; it may have landed all the same.
        """
        producer = await self._opened()
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_MS * 3 / 1000):
                newest = await producer.newest(topic)
                await producer.send_and_wait(newest, value, key=key.encode(), partition=partition)
        except (KafkaError, TimeoutError) as error:
            if self._producer is producer:
                self._producer = None
            await let_go(producer)  # also where another's failure did: it may have connected once more since
            raise AppendUnknown(str(error)) from error

    async def close(self) -> None:
        """Give the producer up."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await let_go(producer)

    async def _opened(self) -> Producer:
        async with self._opening:
            if self._producer is None:
                producer = new_producer(self._kafka)
                try:
                    await producer.start()
                except KafkaError as error:
                    raise AppendUnknown(str(error)) from error
                self._producer = producer
            return self._producer

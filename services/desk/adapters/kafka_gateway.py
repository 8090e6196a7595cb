"""The way into alarm.inbox on Kafka; its answers pass by on the tail (`tailing_gateway`).

The producer is not idempotent on purpose: a command that lands twice is decided once, and a producer without a
session survives whatever happens to the broker.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from services.contracts.codec import encode
from services.contracts.topics import EVENTS, INBOX
from services.desk.adapters.tailing_gateway import AGAIN_SECONDS, ANSWER_SECONDS, TailingGateway
from services.desk.ports import Away
from services.runtime.counting import Counted, read_counting
from services.runtime.kafka_clients import Producer, let_go

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from services.contracts.envelope import Command
    from services.contracts.reports import TypedWhileUndecided
    from services.desk.domain.reading_place import Place
    from services.eventsourcing.counting import Chain

_log = structlog.get_logger()


class KafkaGateway(TailingGateway):
    """`Gateway` on Kafka. `tail` and `keep_producer` run beside the server for as long as it serves."""

    def __init__(
        self, kafka: str, places: Mapping[int, Place], *, inbox: str = INBOX, events: str = EVENTS
    ) -> None:
        """`places`: where the tail begins, those of the read models."""

        def reading(chains: Mapping[int, Chain]) -> AsyncGenerator[Sequence[Counted], None]:
            return read_counting(kafka, chains, topic=events)

        super().__init__(places, reading)
        self._kafka, self._inbox = kafka, inbox
        self._producer: Producer | None = None

    @property
    def ready(self) -> bool:
        """Whether a command can be sent and its decision be seen."""
        return self.tailing and self._producer is not None

    def set_out(self, partition: int, record: Command | TypedWhileUndecided) -> asyncio.Future[object]:
        """See the tail."""
        if self._producer is None:
            raise Away("the inbox cannot be reached")
        sending: asyncio.Future[object] = asyncio.ensure_future(self._put(self._producer, partition, record))
        return sending

    async def _put(self, producer: Producer, partition: int, record: Command | TypedWhileUndecided) -> object:
        inbox, key = await producer.newest(self._inbox), record.subject.encode()
        said: object = await producer.send_and_wait(inbox, encode(record), key=key, partition=partition)
        return said

    async def keep_producer(self) -> None:
        """Open the producer, trying until it succeeds; close it when cancelled."""
        producer = await self._opened()
        self._producer = producer
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._producer = None
            await let_go(producer)

    async def _opened(self) -> Producer:
        while True:
            producer = Producer(
                bootstrap_servers=self._kafka,
                acks="all",
                linger_ms=0,
                request_timeout_ms=int(ANSWER_SECONDS * 1000),
                retry_backoff_ms=100,
            )
            try:
                await producer.start()
            except (KafkaError, OSError) as error:
                _log.warning("gateway.producer_again", error=repr(error))
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return producer

"""The way into alarm.inbox, and the tail of alarm.events on which the decision passes by (design, "Tickets").

A produce is not waited for: the decision may pass before the acknowledgement, and a lost acknowledgement says
nothing about the fate. The producer is not idempotent on purpose: a command that lands twice is decided once,
and a producer without a session survives whatever happens to the broker.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.contracts.codec import encode
from services.contracts.topics import EVENTS, INBOX, partition_of
from services.desk.ports import Away, Ticket
from services.eventsourcing.counting import Chain
from services.runtime.counting import read_counting
from services.runtime.kafka_event_log import let_go

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.contracts.envelope import Command
    from services.contracts.reports import TypedWhileUndecided
    from services.desk.domain.reading_place import Place
    from services.runtime.counting import Counted

ANSWER_SECONDS = 5.0
AGAIN_SECONDS = 0.3
_log = structlog.get_logger()


class KafkaGateway:
    """`Gateway` on Kafka. `tail` and `keep_producer` run beside the server for as long as it serves."""

    def __init__(
        self, kafka: str, places: Mapping[int, Place], *, inbox: str = INBOX, events: str = EVENTS
    ) -> None:
        """`places`: where the tail begins, those of the read models."""
        self._kafka, self._inbox, self._events = kafka, inbox, events
        self._places = places
        self._newest = max((place.decided_at for place in places.values()), default=0)
        self._waiting: dict[tuple[int, str], set[asyncio.Future[Ticket]]] = {}
        self._producer: AIOKafkaProducer | None = None
        self._sending: set[asyncio.Future[object]] = set()
        self.tailing = False

    @property
    def ready(self) -> bool:
        """Whether a command can be sent and its decision be seen."""
        return self.tailing and self._producer is not None

    @property
    def newest_decision(self) -> int:
        """See the port."""
        return self._newest

    def reached(self) -> Mapping[int, int]:
        """See the port."""
        return {partition: place.offset for partition, place in self._places.items()}

    def decided_at(self, partition: int) -> int:
        """See the port."""
        return self._places[partition].decided_at

    async def submit(self, command: Command) -> Ticket | None:
        """See the port."""
        producer, partition = self._producer, partition_of(command.subject)
        if producer is None:
            raise Away("the inbox cannot be reached")
        seen: asyncio.Future[Ticket] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault((partition, command.id), set())
        waiting.add(seen)
        try:
            _ = self._send(producer, partition, command)
            async with asyncio.timeout(ANSWER_SECONDS):
                return await seen
        except TimeoutError:
            return None
        finally:
            waiting.discard(seen)
            if not waiting:
                self._waiting.pop((partition, command.id), None)

    async def report(self, partition: int, report: TypedWhileUndecided) -> None:
        """See the port. Shielded: a caller that leaves does not take it back."""
        if self._producer is None:
            raise Away("the inbox cannot be reached")
        sending = self._send(self._producer, partition, report)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.shield(sending)
        except (KafkaError, TimeoutError) as error:
            raise Away("nobody knows whether it was written") from error

    async def tail(self) -> None:
        """Follow the record for ever. Raises `LogBroken` or `Unreadable`: a person must look."""
        chains = {place.partition: Chain(place.offset + 1, place.head) for place in self._places.values()}
        while True:
            try:
                async with aclosing(read_counting(self._kafka, chains, topic=self._events)) as batches:
                    async for batch in batches:
                        self.tailing = True
                        for counted in batch:
                            self._pass(counted)
            except (KafkaError, OSError) as error:
                self.tailing = False
                _log.warning("gateway.tail_again", error=repr(error))
                await asyncio.sleep(AGAIN_SECONDS)

    async def keep_producer(self) -> None:
        """Open the producer, trying until it succeeds; close it when cancelled."""
        producer = await self._opened()
        self._producer = producer
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._producer = None
            await let_go(producer)

    async def _opened(self) -> AIOKafkaProducer:
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._kafka,
                acks="all",
                linger_ms=0,
                request_timeout_ms=int(ANSWER_SECONDS * 1000),
                retry_backoff_ms=100,
            )
            try:
                await producer.start()
            except (KafkaError, OSError) as error:
                await let_go(producer)
                _log.warning("gateway.producer_again", error=repr(error))
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return producer

    def _send(
        self, producer: AIOKafkaProducer, partition: int, command: Command | TypedWhileUndecided
    ) -> asyncio.Future[object]:
        sending: asyncio.Future[object] = asyncio.ensure_future(
            producer.send_and_wait(
                self._inbox, encode(command), key=command.subject.encode(), partition=partition
            )
        )
        self._sending.add(sending)
        sending.add_done_callback(self._sent)
        return sending

    def _sent(self, sending: asyncio.Future[object]) -> None:
        self._sending.discard(sending)
        if not sending.cancelled() and (error := sending.exception()) is not None:
            _log.warning("gateway.fate_unknown", error=repr(error))

    def _pass(self, counted: Counted) -> None:
        decision = counted.decision
        self._places[counted.partition].move(counted.offset, counted.head, decision)
        self._newest = max(self._newest, decision.time)
        waiting = self._waiting.get((counted.partition, decision.id), ())
        ticket = Ticket(
            counted.partition, counted.offset, decision.id, decision.answer, decision.events, decision.time
        )
        for seen in waiting:
            if not seen.done():
                seen.set_result(ticket)

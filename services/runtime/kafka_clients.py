"""Clients of Kafka with the measured settings (design, section 3), which let go of everything when they are stopped.

aiokafka's own `stop` flushes first. Where the broker is away it is broken off in that, or by the cancellation of its own
tasks, and then its sender goes on for ever and its connections stay open: one more for each absence of the broker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

from services.contracts.topics import topic_of
from services.runtime.kafka_generations import generations

BATCH_BYTES = 900_000
REQUEST_BYTES = 1_048_576
REQUEST_TIMEOUT_MS = 5_000
BROKEN_OFF_S = 1.0
STOP_S = 1.0
CANCELLED_S = 0.1


class Stops(Protocol):
    """A client of Kafka."""

    async def stop(self) -> None:
        """Release its connections."""


class Producer(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka has no types
    """Of which nothing is left when `stop` has ended, however it ended."""

    def __init__(self, **how: Any) -> None:
        """`how`: as aiokafka names it."""
        super().__init__(**how)
        self._newest: dict[str, str] = {}

    async def start(self) -> None:
        """Connect. Raises `KafkaError`; then, and when cancelled, nothing of it is left."""
        await _or_nothing(self, super().start())

    async def newest(self, log: str) -> str:
        """The topic that is written to, where the newest generation of the log lies: asked once. Raises `KafkaError`."""
        if log not in self._newest:
            self._newest[log] = topic_of(log, await generations(self.client, log))
        return self._newest[log]

    async def stop(self) -> None:
        """Flush; what is under way when this is broken off is given up with its connections."""
        try:
            await super().stop()
        finally:
            await self._give_up(self._sender.sender_task)
            self._fail_all()
            await self.client.close()

    def _fail_all(self) -> None:
        """Whoever waits for a batch hears that it was given up; that nobody waits for its turn is not news."""
        batches = self._message_accumulator
        waiting = [batch for queue in batches._batches.values() for batch in queue]  # noqa: SLF001
        batches.fail_all(KafkaConnectionError("given up"))
        for batch in waiting:
            batch._drain_waiter.exception()  # noqa: SLF001

    @staticmethod
    async def _give_up(sender: asyncio.Task[None] | None) -> None:
        while sender is not None and not sender.done():
            sender.cancel()  # the first time it waits for its request, the second time it breaks that off
            await asyncio.wait({sender}, timeout=CANCELLED_S)


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """Of which nothing is left when `stop` has ended, however it ended."""

    async def start(self) -> None:
        """Connect. Raises `KafkaError`; then, and when cancelled, nothing of it is left."""
        await _or_nothing(self, super().start())

    async def stop(self) -> None:
        """Release the connections."""
        try:
            await super().stop()
        finally:
            await self._client.close()


def new_producer(kafka: str) -> Producer:
    """One that keeps its order and writes nothing twice, whatever it has to repeat. Not started."""
    return Producer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=BATCH_BYTES,
        max_request_size=REQUEST_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        retry_backoff_ms=100,
    )


def new_consumer(kafka: str, *, wait_ms: int = 500) -> Consumer:
    """A consumer without a group, positions set by the caller. Not started."""
    return Consumer(
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_min_bytes=1,
        fetch_max_wait_ms=wait_ms,
        max_partition_fetch_bytes=4 * REQUEST_BYTES,
        retry_backoff_ms=100,
    )


async def _or_nothing(client: Stops, start: Coroutine[Any, Any, None]) -> None:
    try:
        await also_when_cancelled(start)
    except BaseException:
        await let_go(client)
        raise


async def also_when_cancelled(start: Coroutine[Any, Any, None]) -> None:
    """Let it end, for a second at most: aiokafka forgets the connection of one that is broken off, and never closes it."""
    task = asyncio.ensure_future(start)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=BROKEN_OFF_S)
        task.cancel()
        raise


async def let_go(client: Stops) -> None:
    """Stop it, within a second, whatever it says; what it still releases then is released behind the caller's back.

    With the broker away, aiokafka's `stop` lets the cancellation of its own tasks out: awaited directly it
    would end the caller as if somebody had cancelled it, without a word.
    """
    stopping = asyncio.ensure_future(client.stop())
    done, _ = await asyncio.wait({stopping}, timeout=STOP_S)
    if not done:
        stopping.cancel()
    elif not stopping.cancelled():
        stopping.exception()

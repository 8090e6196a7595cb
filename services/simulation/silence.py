"""What the watch of silence stands on: digests on the simulated broker, and the memory that it keeps there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiokafka.errors import KafkaConnectionError

from services.alarm_router.adapters.memory_last_heard_book import MemoryLastHeardBook
from services.contracts.codec import encode
from services.contracts.liveness import HeardDigest, LastHeard
from services.contracts.topics import LIVENESS
from services.eventsourcing.ports import AppendUnknown
from services.ingest.ports import AppendFailed
from services.simulation.broker import Broker, produce
from services.simulation.disk import SLOW
from services.simulation.process import Process

BROKEN_OFF = 0.05


class SimulatedDigestLog:
    """`DigestLog`: what is said of a partition that is not simulated is heard by nobody."""

    def __init__(self, process: Process, broker: Broker) -> None:
        self._process, self._broker = process, broker

    async def append(self, partition: int, digest: HeardDigest) -> None:
        """See the port."""
        if (LIVENESS, partition) not in self._broker.logs:
            return
        try:
            await produce(self._process, self._broker, LIVENESS, partition, [encode(digest)])
        except AppendUnknown as error:
            raise AppendFailed(str(error)) from error


class SimulatedLastHeard:
    """`LastHeardBook`: a copy may be broken off, or there and nobody knows."""

    def __init__(self, process: Process, broker: Broker, book: MemoryLastHeardBook) -> None:
        self._process, self._broker, self._book = process, broker, book

    async def load(self) -> Sequence[LastHeard]:
        """See the port."""
        await self._reach()
        return await self._book.load()

    async def save(self, chunks: Iterable[LastHeard]) -> None:
        """See the port."""
        whole = list(chunks)
        await self._reach()
        self._break_off()
        await self._book.save(whole)
        self._process.step(f"remembers who was heard before digest {whole[0].offset}")
        await self._reach()
        self._break_off()

    async def close(self) -> None:
        """Nothing to release."""

    async def _reach(self) -> None:
        await self._process.outside(SLOW)
        if self._broker.is_away:
            raise KafkaConnectionError("the broker is away")

    def _break_off(self) -> None:
        if self._process.world.strikes("copy broken off", BROKEN_OFF, self._process.name):
            raise AppendUnknown("no answer came")

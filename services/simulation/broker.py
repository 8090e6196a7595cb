"""A broker that misbehaves, and the ports over it: what is written may be lost, late, or there twice.

What lies on it is `MemoryEventLog`; here is only the way there and back. A dead process's append still lands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from aiokafka.errors import KafkaConnectionError, OffsetOutOfRangeError

from services.contracts.codec import digest, encode
from services.contracts.topics import partition_of
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.ports import AppendUnknown, OffsetGone, Record
from services.ingest.ports import AppendFailed, Entry
from services.simulation.process import Process
from services.simulation.world import NEVER_S, World

ANSWER_S = 5.0
LATE_S = 40.0
FATES = (("append dropped", 0.015), ("append late", 0.03), ("append twice", 0.045), ("append thrice", 0.055))
ACK_LOST = 0.02
Landed = Callable[[str, int, Sequence[Record]], None]


class Broker:
    """Topics of the partitions that are simulated. `landed` is told of each batch that lands."""

    def __init__(self, world: World, topics: Sequence[str], partitions: Sequence[int]) -> None:
        self.world = world
        self.logs = {
            (topic, partition): MemoryEventLog(self._stamp) for topic in topics for partition in partitions
        }
        self.landed: Landed = lambda _topic, _partition, _records: None
        self._is_away = False
        self._power = 0

    def cut(self, topic: str, partition: int, most: int) -> int:
        """The power fails: what is under way is lost, and up to so many records of a partition; how many."""
        self._power += 1
        log = self.log(topic, partition)
        lost = min(most, len(log.records) - 1)
        del log.records[len(log.records) - lost :]
        return lost

    def log(self, topic: str, partition: int) -> MemoryEventLog:
        """One partition as it is."""
        return self.logs[topic, partition]

    @property
    def is_away(self) -> bool:
        """Whether nobody reaches it."""
        return self._is_away and not self.world.calm

    def go_away(self, seconds: float) -> None:
        """Nobody reaches it for a while."""
        self._is_away = True
        self.world.later(seconds, self._come_back)

    def put(self, topic: str, partition: int, values: Sequence[bytes], who: str) -> int:
        """The values are there; where the first of them lies."""
        log = self.log(topic, partition)
        first = log.put(values)
        for record in log.records[first:]:
            self.world.step(who, f"{topic}-{partition}@{record.offset} {digest(record.value).hex()[:8]}")
        self.landed(topic, partition, log.records[first:])
        return first

    def send(self, topic: str, partition: int, values: Sequence[bytes], who: str) -> asyncio.Future[int]:
        """The values set out; their fate is drawn now. The future: what the broker answers, if it ever does."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        world = self.world
        delays = self._fate(who)
        is_heard = not world.strikes("ack lost", ACK_LOST, who)

        power = self._power

        def land() -> None:
            if power != self._power:
                return
            first = self.put(topic, partition, values, who)
            if is_heard and not answer.done():
                answer.set_result(first)

        for delay in delays:
            world.later(delay, land)
        return answer

    def _fate(self, who: str) -> list[float]:
        """After how long each copy lands."""
        world = self.world
        draw = world.random.random()
        soon = draw * 0.004 if not self.is_away else draw * LATE_S
        if world.calm:
            return [soon]
        if self.is_away and draw < 0.7:
            world.seen["append dropped"] += 1
            return []
        for fate, below in FATES:
            if draw < below:
                world.seen[fate] += 1
                world.step(who, fate)
                late = world.random.random() * LATE_S
                return {
                    "append dropped": [],
                    "append late": [ANSWER_S + late],
                    "append twice": [soon, late],
                    "append thrice": [soon, late, late * 1.5],
                }[fate]
        return [soon]

    def _come_back(self) -> None:
        self._is_away = False

    def _stamp(self) -> int:
        """The broker's clock wavers a little."""
        world = self.world
        return world.now_us() + (0 if world.calm else world.random.randrange(-300_000, 300_000))


class SimulatedLog:
    """`EventLog` as one process reaches it."""

    def __init__(self, process: Process, broker: Broker, topic: str, partition: int) -> None:
        self._process, self._broker = process, broker
        self._topic, self._partition = topic, partition
        self._log = broker.log(topic, partition)

    async def begin(self) -> int:
        """See the port."""
        await self._reach()
        return await self._log.begin()

    async def begun(self) -> int:
        """See the port."""
        return await self._log.begun()

    async def end(self) -> int:
        """See the port."""
        await self._reach()
        return await self._log.end()

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """See the port. Now and then it brings less than it could."""
        await self._reach()
        found = await self._log.read(offset, most=min(most, self._some()), wait_s=wait_s)
        if found:
            await self._process.outside()
            self._process.step(f"reads {self._topic}-{self._partition}@{offset}+{len(found)}")
        return found

    async def open_writer(self) -> SimulatedLogWriter:
        """See the port."""
        await self._reach()
        return SimulatedLogWriter(self._process, self._broker, self._topic, self._partition)

    async def close(self) -> None:
        """Nothing to release."""

    def _some(self) -> int:
        draw = self._process.world.random.random()
        return 1 if draw < 0.1 else 1 + int(draw * 10) if draw < 0.5 else 5_000

    async def _reach(self) -> None:
        await self._process.outside()
        if self._broker.is_away:
            raise KafkaConnectionError("the broker is away")


class SimulatedLogWriter:
    """A writer of the simulated log."""

    def __init__(self, process: Process, broker: Broker, topic: str, partition: int) -> None:
        self._process, self._broker = process, broker
        self._topic, self._partition = topic, partition
        self._is_open = True

    async def append(self, values: Sequence[bytes]) -> int:
        """See the port."""
        if not self._is_open:
            raise AppendUnknown("this writer is closed")
        return await produce(self._process, self._broker, self._topic, self._partition, values)

    async def close(self) -> None:
        """See the port."""
        self._is_open = False


async def produce(
    process: Process, broker: Broker, topic: str, partition: int, values: Sequence[bytes]
) -> int:
    """Append and wait for the answer. Raises `AppendUnknown`."""
    await process.outside()
    answer = broker.send(topic, partition, values, process.name)
    try:
        async with asyncio.timeout(ANSWER_S):
            first = await answer
    except TimeoutError:
        await process.outside()
        raise AppendUnknown("no answer came") from None
    await process.outside()
    return first


class SimulatedReader:
    """`PartitionReader` over a simulated log: raises what aiokafka raises."""

    def __init__(self, log: SimulatedLog) -> None:
        self._log = log

    async def start(self) -> None:
        """See the port."""

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """See the port."""
        try:
            return await self._log.read(offset, most=most, wait_s=wait_s)
        except OffsetGone as error:
            raise OffsetOutOfRangeError(str(error)) from error

    async def stop(self) -> None:
        """See the port."""


class SimulatedSignalLog:
    """Ingest's `Inbox`: what one call brings to a partition lands together, behind what it brought before."""

    def __init__(self, process: Process, broker: Broker, topic: str) -> None:
        self._process, self._broker, self._topic = process, broker, topic

    async def append(self, records: Sequence[Entry]) -> None:
        """See the port."""
        parts: dict[int, list[bytes]] = {}
        for record in records:
            parts.setdefault(partition_of(record.subject), []).append(encode(record))
        await self._process.outside()
        if self._broker.is_away and self._broker.world.random.random() < 0.5:
            await asyncio.sleep(NEVER_S)
        sent = [
            produce(self._process, self._broker, self._topic, partition, values)
            for partition, values in parts.items()
        ]
        try:
            await asyncio.gather(*sent)
        except AppendUnknown as error:
            raise AppendFailed(str(error)) from error


def readers(
    process: Process, broker: Broker, topic: str, partitions: Mapping[int, object]
) -> dict[int, SimulatedReader]:
    """One for each partition."""
    return {
        partition: SimulatedReader(SimulatedLog(process, broker, topic, partition))
        for partition in partitions
    }

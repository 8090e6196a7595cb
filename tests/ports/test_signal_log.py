"""What every signal log must do: the in-memory one and Kafka's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.contracts.codec import decode_inbox
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import INBOX, PARTITIONS, partition_of
from services.ingest.adapters.kafka_signal_log import KafkaSignalLog
from services.ingest.adapters.memory_signal_log import MemorySignalLog
from services.ingest.ports import AppendFailed, SignalLog
from services.simulation.broker import Broker, SimulatedSignalLog
from services.simulation.process import Process
from services.simulation.world import World


@dataclass
class Kept:
    """A log, and a look at what one of its partitions holds."""

    log: SignalLog
    read: Callable[[int], Awaitable[list[bytes]]]


async def read_kafka(bootstrap: str, topic: str, partition: int) -> list[bytes]:
    """What lies there."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        place = TopicPartition(topic, partition)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        return [(await consumer.getone(place)).value for _ in range(end)]
    finally:
        await consumer.stop()


@pytest.fixture(params=["memory", "simulated", "kafka"])
def place(request: pytest.FixtureRequest) -> tuple[str, str] | Kept:
    """The broker and the topic of Kafka's log; the others as they are."""
    if request.param == "memory":
        return _in_memory()
    if request.param == "simulated":
        return _simulated()
    return request.getfixturevalue("kafka"), request.getfixturevalue("topics")(INBOX) + INBOX


@pytest.fixture
async def kept(place: tuple[str, str] | Kept) -> AsyncIterator[Kept]:
    if isinstance(place, Kept):
        yield place
        return
    log = KafkaSignalLog(*place)
    yield Kept(log, lambda partition: read_kafka(*place, partition))
    await log.close()


def _in_memory() -> Kept:
    memory = MemorySignalLog()

    async def read(partition: int) -> list[bytes]:
        return memory.partitions[partition]

    return Kept(memory, read)


def _simulated() -> Kept:
    world = World(1)
    world.calm = True
    broker = Broker(world, [INBOX], range(PARTITIONS))

    async def read(partition: int) -> list[bytes]:
        return [record.value for record in broker.log(INBOX, partition).records]

    return Kept(SimulatedSignalLog(Process(world, "ingest"), broker, INBOX), read)


def signal(subject: str, counter: int) -> SignalReceived:
    return SignalReceived(
        id=SignalId(run="r", line="default/1", counter=counter),
        sender="ingest",
        sent_at=1,
        received_at=1,
        subject=subject,
        protocol="adm_cid",
        account_space="default",
        account="1",
        code="130",
        raw=b"\xff\x00",
    )


async def test_what_was_appended_lies_in_the_partition_of_its_subject(kept: Kept) -> None:
    record = signal("site", 1)
    await kept.log.append([record])
    values = await kept.read(partition_of("site"))
    assert [decode_inbox(value) for value in values] == [record]


async def test_records_of_one_call_lie_in_their_order(kept: Kept) -> None:
    records = [signal("site", n) for n in range(1, 21)]
    await kept.log.append(records)
    assert [decode_inbox(value) for value in await kept.read(partition_of("site"))] == records


async def test_many_callers_at_once_lose_nothing(kept: Kept) -> None:
    await asyncio.gather(*(kept.log.append([signal(f"site-{n}", n)]) for n in range(1, 101)))
    found = [len(await kept.read(partition)) for partition in range(PARTITIONS)]
    assert sum(found) == 100


async def test_a_repeated_append_keeps_the_id(kept: Kept) -> None:
    for _ in range(2):
        await kept.log.append([signal("site", 1)])
    values = await kept.read(partition_of("site"))
    assert len(set(values)) == 1


async def test_without_a_broker_the_append_fails_and_says_so() -> None:
    log = KafkaSignalLog("127.0.0.1:1")
    with pytest.raises(AppendFailed):
        await log.append([signal("site", 1)])
    await log.close()

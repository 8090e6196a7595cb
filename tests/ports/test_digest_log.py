"""Wherever it is said who was heard: the simulated one and Kafka's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from services.contracts.codec import encode
from services.contracts.liveness import HeardDigest
from services.contracts.topics import LIVENESS
from services.ingest.adapters.kafka_digest_log import KafkaDigestLog
from services.ingest.ports import AppendFailed, DigestLog
from services.simulation.broker import Broker
from services.simulation.loop import run
from services.simulation.process import Process
from services.simulation.silence import SimulatedDigestLog
from services.simulation.world import World
from tests.ports.test_signal_log import read_kafka

PARTITION, OTHER = 3, 5


@dataclass
class Kept:
    """A log, and a look at what one of its partitions holds."""

    log: DigestLog
    read: Callable[[int], Awaitable[list[bytes]]]


@pytest.fixture(params=["simulated", "kafka"])
def place(request: pytest.FixtureRequest) -> tuple[str, str] | Kept:
    """The broker and the topic of Kafka's log; the other as it is."""
    if request.param == "simulated":
        world = World(1)
        world.calm = True
        return simulated(Broker(world, [LIVENESS], [PARTITION, OTHER]))
    return request.getfixturevalue("kafka"), request.getfixturevalue("topics")(LIVENESS) + LIVENESS


def simulated(broker: Broker) -> Kept:
    async def read(partition: int) -> list[bytes]:
        return [record.value for record in broker.log(LIVENESS, partition).records]

    return Kept(SimulatedDigestLog(Process(broker.world, "ingest"), broker), read)


@pytest.fixture
async def kept(place: tuple[str, str] | Kept) -> AsyncIterator[Kept]:
    if isinstance(place, Kept):
        yield place
        return
    log = KafkaDigestLog(*place)
    yield Kept(log, lambda partition: read_kafka(*place, partition))
    await log.close()


def digest(sequence: int) -> HeardDigest:
    return HeardDigest(run="r", sequence=sequence, since=1, until=2, lines=("a/1",), ago_ms=(3,))


async def test_what_was_said_of_a_partition_lies_there_in_its_order_byte_for_byte(kept: Kept) -> None:
    said = [digest(number) for number in range(1, 6)]
    for one in said:
        await kept.log.append(PARTITION, one)
    assert await kept.read(PARTITION) == [encode(one) for one in said]


async def test_no_other_partition_hears_of_it(kept: Kept) -> None:
    await kept.log.append(PARTITION, digest(1))
    assert await kept.read(OTHER) == []


async def test_the_same_again_lies_there_again(kept: Kept) -> None:
    for _ in range(2):
        await kept.log.append(PARTITION, digest(1))
    assert await kept.read(PARTITION) == [encode(digest(1))] * 2


async def test_without_a_broker_it_says_so() -> None:
    log = KafkaDigestLog("127.0.0.1:1")
    with pytest.raises(AppendFailed):
        await log.append(PARTITION, digest(1))
    await log.close()


def test_without_a_simulated_broker_it_says_so_too() -> None:
    async def told() -> None:
        broker = Broker(World(1), [LIVENESS], [PARTITION])
        broker.go_away(3600)
        for number in range(20):  # what sets out while it is away may land late, and is answered then
            await simulated(broker).log.append(PARTITION, digest(number))

    with pytest.raises(AppendFailed):
        run(told())

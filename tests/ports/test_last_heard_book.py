"""What every book of the watch's memory does: the one in memory, the simulated one and Kafka's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator

import pytest

from services.alarm_router.adapters.kafka_last_heard_book import KafkaLastHeardBook
from services.alarm_router.adapters.memory_last_heard_book import MemoryLastHeardBook
from services.alarm_router.ports import LastHeardBook
from services.contracts.liveness import LastHeard
from services.contracts.topics import LAST_HEARD
from services.runtime.kafka_records import KafkaRecords
from services.simulation.broker import Broker
from services.simulation.process import Process
from services.simulation.silence import SimulatedLastHeard
from services.simulation.world import World


@pytest.fixture(params=["memory", "simulated", "kafka"])
def again(request: pytest.FixtureRequest) -> Callable[[], LastHeardBook]:
    """Opens the same book, as another process would."""
    if request.param == "memory":
        kept = MemoryLastHeardBook()
        return lambda: kept
    if request.param == "simulated":
        return _simulated()
    kafka: str = request.getfixturevalue("kafka")
    topic = request.getfixturevalue("topics")(LAST_HEARD) + LAST_HEARD
    return lambda: _OfItsOwn(kafka, 3, KafkaRecords(kafka), topic)


def _simulated() -> Callable[[], LastHeardBook]:
    world, kept = World(1), MemoryLastHeardBook()
    world.calm = True
    broker = Broker(world, [LAST_HEARD], [3])
    return lambda: SimulatedLastHeard(Process(world, "router"), broker, kept)


class _OfItsOwn(KafkaLastHeardBook):
    """As of a process with one partition: its writer goes with it."""

    async def close(self) -> None:
        await super().close()
        await self._records.close()


@pytest.fixture
async def book(again: Callable[[], LastHeardBook]) -> AsyncIterator[LastHeardBook]:
    one = again()
    yield one
    await one.close()


def chunks(offset: int, count: int) -> list[LastHeard]:
    return [
        LastHeard(
            offset=offset,
            chunk=chunk,
            chunks=count,
            run="run",
            sequence=offset,
            until=offset,
            received_us=offset,
            lines=(f"a/{chunk}",),
            heard_us=(1,),
            heard_at=(2,),
            timeouts_us=(3,),
        )
        for chunk in range(count)
    ]


async def loaded(again: Callable[[], LastHeardBook]) -> list[tuple[int, int]]:
    other = again()
    try:
        return [(one.offset, one.chunk) for one in await other.load()]
    finally:
        await other.close()


class Broken(Exception):
    """The process is killed here."""


def broken_off(whole: Iterable[LastHeard], after: int) -> Iterator[LastHeard]:
    for count, chunk in enumerate(whole):
        if count == after:
            raise Broken
        yield chunk


async def test_a_new_book_is_empty(again: Callable[[], LastHeardBook]) -> None:
    assert await loaded(again) == []


async def test_the_newest_copy_counts_however_many_chunks_the_others_had(
    book: LastHeardBook, again: Callable[[], LastHeardBook]
) -> None:
    for offset, count in ((10, 3), (20, 1), (30, 2)):
        await book.save(chunks(offset, count))
        assert await loaded(again) == [(offset, chunk) for chunk in range(count)]


async def test_a_copy_that_was_broken_off_counts_as_none(
    book: LastHeardBook, again: Callable[[], LastHeardBook]
) -> None:
    await book.save(chunks(10, 3))
    for offset in (20, 30):
        with pytest.raises(Broken):
            await book.save(broken_off(chunks(offset, 3), 2))
        assert await loaded(again) == [(10, 0), (10, 1), (10, 2)]
    other = again()
    await other.load()
    await other.save(chunks(40, 2))
    await other.close()
    assert await loaded(again) == [(40, 0), (40, 1)]

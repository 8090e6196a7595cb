"""What every book of the watch's memory does: the one in memory, the simulated one and Kafka's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

import pytest
from msgspec.structs import replace

from services.alarm_router.adapters.kafka_last_heard_book import KafkaLastHeardBook
from services.alarm_router.adapters.memory_last_heard_book import MemoryLastHeardBook
from services.alarm_router.ports import LastHeardBook
from services.contracts.codec import encode
from services.contracts.liveness import LastHeard
from services.contracts.topics import LAST_HEARD
from services.eventsourcing.ports import AppendUnknown
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


def chunks(offset: int, count: int, space: str = "a") -> list[LastHeard]:
    return [
        LastHeard(
            offset=offset,
            chunk=chunk,
            chunks=count,
            run="run",
            sequence=offset,
            until=offset,
            received_us=offset,
            lines=(f"{space}/{chunk}",),
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


async def test_of_two_who_save_at_once_one_counts_and_whole(
    book: LastHeardBook, again: Callable[[], LastHeardBook]
) -> None:
    other = again()
    for one in (book, other):  # whoever connects first would be done before the other begins
        await one.save(chunks(10, 1))
    await asyncio.gather(book.load(), other.load())
    await asyncio.gather(book.save(chunks(20, 3, "a")), other.save(chunks(20, 3, "b")))
    await other.close()
    found = [one.lines for one in await book.load()]
    assert found in [[(f"{space}/{chunk}",) for chunk in range(3)] for space in "ab"]


@pytest.fixture
def topic(topics: Callable[..., str]) -> str:
    return topics(LAST_HEARD) + LAST_HEARD


class _Late(KafkaRecords):
    """The first second chunk has no answer, and lands just before the next one."""

    held: bytes | None = None

    async def append(self, topic: str, partition: int, key: str, value: bytes) -> None:
        if key.endswith("/1"):
            if self.held is None:
                self.held = value
                raise AppendUnknown("no answer came")
            await super().append(topic, partition, key, self.held)
        await super().append(topic, partition, key, value)


async def test_a_chunk_of_an_attempt_that_lands_in_the_midst_of_the_next_is_not_taken_for_one_of_it(
    kafka: str, topic: str
) -> None:
    book = _OfItsOwn(kafka, 3, _Late(kafka), topic)
    await book.save(chunks(10, 1))
    with pytest.raises(AppendUnknown):
        await book.save(chunks(20, 3, "a"))
    assert [one.offset for one in await book.load()] == [10]
    await book.save(chunks(20, 3, "b"))
    assert [one.lines for one in await book.load()] == [("b/0",), ("b/1",), ("b/2",)]
    await book.close()


@pytest.mark.parametrize(
    ("order", "counts"),
    [
        (("A0", "B0", "B1", "A1"), [(160, 0), (160, 1)]),
        (("A0", "B0", "A1"), [(100, 0), (100, 1)]),
        (("A0", "B0", "A1", "B1"), [(160, 0), (160, 1)]),
        (("B0", "A1"), []),
    ],
)
async def test_two_copies_that_bear_one_number_are_told_apart_in_whatever_order_they_landed(
    kafka: str, topic: str, order: tuple[str, ...], counts: list[tuple[int, int]]
) -> None:
    copies, records = {"A": chunks(100, 2), "B": chunks(160, 2)}, KafkaRecords(kafka)
    for one in order:
        name, chunk = one[0], int(one[1])
        value = encode(replace(copies[name][chunk], copy=7))
        await records.append(topic, 3, f"1/{chunk}", value)
    assert await loaded(lambda: _OfItsOwn(kafka, 3, records, topic)) == counts

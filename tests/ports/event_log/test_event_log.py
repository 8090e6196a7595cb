"""What every log partition does, on a broker and in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from services.contracts.topics import INBOX
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.ports import EventLog, OffsetGone, Record
from services.runtime.kafka_event_log import KafkaEventLog
from services.simulation.broker import Broker, SimulatedLog
from services.simulation.process import Process
from services.simulation.world import World


def simulated() -> EventLog:
    """As a process of the simulation reaches it when nothing goes wrong."""
    world = World(1)
    world.calm = True
    return SimulatedLog(Process(world, "reader"), Broker(world, [INBOX], [3]), INBOX, 3)


@pytest.fixture(params=["memory", "simulated", "kafka"])
def unused_log(request: pytest.FixtureRequest) -> EventLog:
    """Made outside of the test's loop: the broker is started by a loop of its own."""
    if request.param == "memory":
        return MemoryEventLog()
    if request.param == "simulated":
        return simulated()
    kafka: str = request.getfixturevalue("kafka")
    make: Callable[..., str] = request.getfixturevalue("topics")
    return KafkaEventLog(kafka, make(INBOX) + INBOX, 3)


@pytest.fixture
async def log(unused_log: EventLog) -> AsyncIterator[EventLog]:
    yield unused_log
    await unused_log.close()


async def read(log: EventLog, offset: int, count: int) -> Sequence[Record]:
    found: list[Record] = []
    for _ in range(20):
        found += await log.read(offset + len(found), most=count - len(found), wait_s=0.5)
        if len(found) == count:
            break
    return found


async def test_a_new_log_is_empty(log: EventLog) -> None:
    assert await log.end() == 0
    assert not await log.read(0, most=10, wait_s=0.01)


async def test_a_log_that_lost_nothing_begins_at_nought(log: EventLog) -> None:
    assert await log.begin() == 0
    writer = await log.open_writer()
    await writer.append([b"a"])
    await writer.close()
    assert await log.begin() == 0


async def test_what_is_appended_is_read_in_order_at_its_offsets(log: EventLog) -> None:
    writer = await log.open_writer()
    assert await writer.append([b"a", b"b"]) == 0
    assert await writer.append([b"c"]) == 2
    await writer.close()
    assert [(r.offset, r.value) for r in await read(log, 0, 3)] == [(0, b"a"), (1, b"b"), (2, b"c")]
    assert await log.end() == 3


async def test_two_writers_append_to_one_list(log: EventLog) -> None:
    first, second = await log.open_writer(), await log.open_writer()
    assert [await first.append([b"a"]), await second.append([b"b"]), await first.append([b"c"])] == [0, 1, 2]
    await first.close()
    await second.close()


async def test_it_is_read_again_from_any_offset_and_never_more_than_asked(log: EventLog) -> None:
    writer = await log.open_writer()
    await writer.append([b"%d" % n for n in range(10)])
    await writer.close()
    assert [r.value for r in await read(log, 7, 3)] == [b"7", b"8", b"9"]
    assert [r.value for r in await read(log, 2, 2)] == [b"2", b"3"]
    assert len(await log.read(0, most=4, wait_s=0.5)) <= 4


async def test_beyond_the_end_the_offset_is_gone(log: EventLog) -> None:
    with pytest.raises(OffsetGone):
        await log.read(5, most=1, wait_s=0.01)


async def test_more_than_one_batch_lands_in_order(log: EventLog) -> None:
    writer = await log.open_writer()
    values = [bytes([65 + n]) * 300_000 for n in range(7)]
    assert await writer.append(values) == 0
    await writer.close()
    assert [r.value[:1] for r in await read(log, 0, 7)] == [value[:1] for value in values]

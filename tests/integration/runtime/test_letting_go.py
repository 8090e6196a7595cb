"""Clients that are let go of while the broker is away: nothing of them is left, however often it goes away."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from services.contracts.topics import INBOX
from services.runtime.kafka_clients import Consumer, Producer, let_go, new_consumer, new_producer
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from tests.integration.ingest.a_broker import Broker

LARGE = bytes(800_000)  # more than a socket takes while nobody reads


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    one = Broker(tmp_path)
    try:
        await one.ready()
        wanted = [topic for topic in wanted_topics() if topic.name == INBOX]
        await asyncio.to_thread(make_topics, one.address, wanted)
        yield one
    finally:
        one.go_on()
        one.kill()


async def nothing_runs_but(before: set[asyncio.Task[object]]) -> None:
    async with asyncio.timeout(30):
        while asyncio.all_tasks() - before:
            await asyncio.sleep(0.05)


async def test_a_producer_with_a_batch_under_way(broker: Broker) -> None:
    before = asyncio.all_tasks()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        for _ in range(3):
            producer = new_producer(broker.address)
            await producer.start()
            async with asyncio.timeout(30):
                await producer.send_and_wait(INBOX, b"{}", partition=0)
            broker.hold()
            sent = [await producer.send(INBOX, LARGE, partition=number) for number in range(6)]
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await asyncio.wait(sent)
            await let_go(producer)
            broker.go_on()
            await nothing_runs_but(before)
            for one in sent:
                with suppress(KafkaError, asyncio.CancelledError):
                    await one
            del producer, sent, one
        gc.collect()
    assert [str(one.message) for one in told] == []


async def test_batches_that_wait_for_their_turn(broker: Broker) -> None:
    unheard, before = list[str](), asyncio.all_tasks()
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unheard.append(told["message"]))
    producer = new_producer(broker.address)
    await producer.start()
    broker.hold()
    sent = []
    for number in range(3):  # the first is under way, the others wait
        batch = producer.create_batch()
        batch.append(key=None, value=LARGE, timestamp=None)
        sent.append(await producer.send_batch(batch, INBOX, partition=number))
        await asyncio.wait(sent, timeout=0.5)
    await let_go(producer)
    broker.go_on()
    told = await asyncio.gather(*sent, return_exceptions=True)
    assert all(isinstance(one, KafkaError) for one in told[1:])
    assert isinstance(told[0], KafkaError | RecordMetadata), (
        "it lay in the broker's socket, and may arrive yet"
    )
    await nothing_runs_but(before)
    del producer, sent, told, batch
    gc.collect()
    assert unheard == []


async def test_a_consumer_that_waits(broker: Broker) -> None:
    before = asyncio.all_tasks()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        consumer = new_consumer(broker.address)
        await consumer.start()
        place = TopicPartition(INBOX, 0)
        consumer.assign([place])
        consumer.seek(place, 0)
        broker.hold()
        await consumer.getmany(timeout_ms=200)
        await let_go(consumer)
        broker.go_on()
        await nothing_runs_but(before)
        del consumer
        gc.collect()
    assert [str(one.message) for one in told] == []


@pytest.mark.parametrize("new", [new_producer, new_consumer])
async def test_a_start_that_is_broken_off(
    broker: Broker, new: Callable[[str], Producer] | Callable[[str], Consumer]
) -> None:
    before = asyncio.all_tasks()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        for turns in range(1, 40):
            client = new(broker.address)
            starting = asyncio.create_task(client.start())
            for _ in range(turns):
                await asyncio.sleep(0.0005)
            if not starting.cancel():
                await let_go(client)
            await asyncio.gather(starting, return_exceptions=True)
            del starting, client
        await nothing_runs_but(before)
        gc.collect()
    mine = ("AIOKafkaConnection", "unclosed transport", "Unclosed AIOKafkaProducer")
    assert [str(one.message) for one in told if any(word in str(one.message) for word in mine)] == []

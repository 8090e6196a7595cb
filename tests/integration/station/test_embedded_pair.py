"""The embedded broker and database as the other suites use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiokafka
import asyncpg

from services.contracts.topics import DIRECTORY, EVENTS, INBOX

if TYPE_CHECKING:
    from collections.abc import Callable


async def test_a_record_comes_back_from_the_broker(kafka: str, topics: Callable[..., str]) -> None:
    topic = topics(INBOX) + INBOX
    async with aiokafka.AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:
        sent = await producer.send_and_wait(topic, b"one", partition=3)
    assert sent.timestamp_type == 1  # LogAppendTime: the broker's stamp
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    consumer.assign([aiokafka.TopicPartition(topic, 3)])
    await consumer.start()
    try:
        assert (await consumer.getone()).value == b"one"
    finally:
        await consumer.stop()


async def test_all_topics_are_made_once(kafka: str, topics: Callable[[], str]) -> None:
    prefix = topics()
    assert topics() == prefix
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        found = await consumer.topics()
    finally:
        await consumer.stop()
    assert {prefix + name for name in (INBOX, EVENTS, DIRECTORY)} <= found


async def test_the_database_finds_chinese_text(bare_database: str) -> None:
    connection = await asyncpg.connect(bare_database)
    try:
        await connection.execute("create extension pg_trgm")
        assert await connection.fetchval("select cardinality(show_trgm('报警服务'))") > 0
    finally:
        await connection.close()

"""Broker and database of our own come back from kill -9 with what they acknowledged."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import aiokafka
import asyncpg

from services.contracts.topics import EVENTS
from services.runtime.settings import Settings
from services.station.adapters.data_folder import make_folders
from services.station.adapters.embedded_kafka import ports_of, prepare_kafka
from services.station.adapters.embedded_postgres import (
    ensure_database,
    postgres_dsn,
    prepare_postgres,
    remove_socket_folder,
)
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from services.station.adapters.leash import running_children
from services.station.supervisor import Supervisor

if TYPE_CHECKING:
    from pathlib import Path

    from services.station.supervisor import Keeper


def kill_9(settings: Settings, name: str) -> None:
    (kept,) = (one for one in running_children(settings) if one.name == name)
    os.kill(kept.pid, signal.SIGKILL)


async def again(keeper: Keeper) -> None:
    async with asyncio.timeout(60):
        while not (keeper.restarts and keeper.is_ready):
            await asyncio.sleep(0.05)


async def test_both_come_back_with_what_was_acknowledged(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    settings = Settings(data_dir=tmp_path)
    make_folders(settings)
    children = [prepare_kafka(settings), prepare_postgres(settings)]
    async with Supervisor(settings, lambda _: None) as supervisor:
        broker, database = await supervisor.start(children)
        ports = ports_of(settings)
        assert ports is not None
        await ensure_database(settings)
        dsn, kafka = postgres_dsn(settings), f"127.0.0.1:{ports.broker}"
        make_topics(kafka, wanted_topics())

        connection = await asyncpg.connect(dsn)
        await connection.execute("create table kept (one text); insert into kept values ('row')")
        kill_9(settings, "postgres")
        connection.terminate()
        async with aiokafka.AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:
            await producer.send_and_wait(EVENTS, b"record", partition=5)
        kill_9(settings, "kafka")

        await again(database)
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval("select one from kept") == "row"
        await connection.close()

        await again(broker)
        consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
        consumer.assign([aiokafka.TopicPartition(EVENTS, 5)])
        await consumer.start()
        assert (await consumer.getone()).value == b"record"
        await consumer.stop()
    assert running_children(settings) == []
    remove_socket_folder(settings)

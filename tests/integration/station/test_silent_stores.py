"""Stores that take connections and say nothing: `jiejing status` answers all the same, and says which they are."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

from services.runtime.settings import Settings
from services.station.adapters.data_folder import held, make_folders, write_run_file
from services.station.adapters.embedded_kafka import kafka_answers
from services.station.adapters.kafka_topics import is_writable
from services.station.status import Status, look, sentences
from tests.integration.ingest.a_broker import Broker

BOUND_SECONDS = 25  # nobody waits for the half minute that kafka-python's clients take


async def looked(settings: Settings) -> Status:
    async with asyncio.timeout(BOUND_SECONDS):
        return await look(settings)


async def test_a_broker_that_stands_still_and_a_silent_database_are_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    make_folders(settings)
    broker = Broker(tmp_path / "kafka")
    with socket.create_server(("127.0.0.1", 0)) as silent, held(settings):
        try:
            await broker.ready()
            assert await is_writable(broker.address)
            database = f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x"
            stores = {"kafka": broker.address, "postgres": database}
            write_run_file(settings, "expected.json", {"own": list(stores), "names": list(stores)})
            write_run_file(settings, "endpoints.json", stores)
            awake = await looked(settings)
            broker.hold()
            asleep = await looked(settings)
        finally:
            broker.go_on()
            broker.kill()
    assert awake["missing"] == ["postgres"]
    assert asleep["missing"] == ["kafka", "postgres"]
    said = list(sentences(asleep))
    assert any(one.startswith("kafka does not answer") for one in said)
    assert any(one.startswith("postgres does not answer") for one in said)


async def test_a_broker_that_takes_no_more_connections_is_not_waited_for() -> None:
    """One that stood still long enough: those that wait have filled its queue, and who comes now is not even refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as waiting:
        for _ in range(8):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex(full.getsockname())
        async with asyncio.timeout(BOUND_SECONDS):
            assert not await kafka_answers(full.getsockname()[1], seconds=1)

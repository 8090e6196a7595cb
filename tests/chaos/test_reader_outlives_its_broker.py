"""`kill -9` to the broker under a reader that waits: every failure is told, and what comes after is read.

A reader that fell silent instead would stop a partition without a word; this is why nothing watches for it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka.errors import KafkaError

from services.eventsourcing.ports import AppendUnknown
from services.runtime.kafka_event_log import KafkaEventLog
from services.station.adapters.leash import running_children
from services.station.bench.broker import Bench, a_bench

BOUND_S = 60.0
T = TypeVar("T")


async def insisting(call: Callable[[], Awaitable[T]]) -> T:
    """As a worker does: again and again, each time anew."""
    async with asyncio.timeout(BOUND_S):
        while True:
            try:
                return await call()
            except (KafkaError, OSError, AppendUnknown):
                await asyncio.sleep(0.1)


async def next_of(log: KafkaEventLog, offset: int) -> bytes:
    while not (records := await log.read(offset, most=1, wait_s=1)):
        pass
    return records[0].value


async def append(log: KafkaEventLog, value: bytes) -> None:
    writer = await log.open_writer()
    try:
        await writer.append([value])
    finally:
        await writer.close()


def kill(bench: Bench) -> None:
    os.kill(
        next(child.pid for child in running_children(bench.settings) if child.name == "kafka"), signal.SIGKILL
    )


async def test_a_reader_goes_on_when_its_broker_is_back() -> None:
    async with a_bench(quick=True) as bench:
        await bench.topics("away")
        read, written = bench.inbox("away"), bench.inbox("away")
        await append(written, b"before")
        assert await next_of(read, 0) == b"before"
        waiting = asyncio.create_task(insisting(lambda: next_of(read, 1)))
        await asyncio.sleep(0.5)
        kill(bench)
        began = time.monotonic()
        await insisting(lambda: append(written, b"after"))
        back = time.monotonic()
        assert await waiting == b"after"
        print(f"\nbroker back after {back - began:.1f} s, read {time.monotonic() - back:.2f} s later")
        await read.close()
        await written.close()

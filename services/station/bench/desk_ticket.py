"""`desk.ticket`: from a command to its answer on the tail, while one of twelve partitions drains a backlog.

The router is a process of its own, as in service; this process is the gateway: it produces and reads the tail.
Signals and commands come in turn, a hundred a second, so that fifty a second are commands.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping

import psutil
from aiokafka import AIOKafkaProducer

from services.alarm_router.bootstrap import code_version, genesis
from services.contracts.codec import decode_inbox, encode
from services.contracts.envelope import Command
from services.contracts.topics import INBOX, PARTITIONS
from services.eventsourcing.counting import Chain
from services.runtime.clock import now_us
from services.runtime.counting import read_counting
from services.runtime.kafka_clients import new_producer
from services.runtime.kafka_event_log import KafkaEventLog
from services.station.adapters.data_folder import make_folders
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from services.station.adapters.leash import running_children
from services.station.bench.broker import Bench, append_all
from services.station.bench.figure import Figure, percentile
from services.station.bench.running import LIMIT_S, LOG_ID
from services.station.bench.workload import Workload
from services.station.processes import service_child
from services.station.supervisor import Supervisor

SECONDS = 10
EACH_S = 0.01
BACKLOG = 300_000
BUSY = PARTITIONS - 1  # the partition with the backlog
SITES = 8  # of each other partition


class Tail:
    """When each command's decision passed by."""

    def __init__(self) -> None:
        self.passed: dict[str, float] = {}
        self.busy = 0
        self.reading = asyncio.Event()

    async def follow(self, kafka: str) -> None:
        """Read for ever."""
        async for batch in read_counting(kafka, {number: Chain() for number in range(PARTITIONS)}):
            now = time.perf_counter()
            self.reading.set()
            for counted in batch:
                self.busy += counted.partition == BUSY
                self.passed[counted.decision.id] = now


async def desk_ticket(bench: Bench) -> list[Figure]:
    """p50 and p99, milliseconds; the yardstick is a bare produce, acknowledged by all."""
    seconds = SECONDS // 2 if bench.quick else SECONDS
    await asyncio.to_thread(make_topics, bench.kafka, wanted_topics())
    await _begin(bench)
    tail, producer = Tail(), new_producer(bench.kafka)
    await producer.start()
    bare = await _bare(bench, producer)
    async with _router(bench) as router, _following(tail, bench.kafka):
        cpu = sum(router.cpu_times()[:2])
        sent = await _send(producer, round(seconds / EACH_S))
        await _until_seen(tail, sent)
        cpu = sum(router.cpu_times()[:2]) - cpu
        decided = tail.busy + len(sent) * 2
    await producer.stop()
    waits = [(tail.passed[command] - at) * 1000 for command, at in sent.items()]
    return [
        Figure(f"desk.ticket.{name}", percentile(waits, share), "ms", f"bare produce, acks=all, {name}",
               percentile(bare, share), cpu / decided * 1e6)
        for name, share in (("p50", 0.5), ("p99", 0.99))
    ]  # fmt: skip


async def _begin(bench: Bench) -> None:
    """Genesis everywhere, and the backlog in one partition."""
    for partition in range(PARTITIONS):
        events = KafkaEventLog(bench.kafka, "alarm.events", partition)
        await append_all(events, [encode(genesis(partition, LOG_ID, now_us(), code_version()))])
        await events.close()
    workload = Workload(BUSY, LOG_ID)
    backlog = workload.directory(now_us()) + [workload.next(now_us()) for _ in range(BACKLOG)]
    await append_all(KafkaEventLog(bench.kafka, INBOX, BUSY), backlog)


async def _bare(bench: Bench, producer: AIOKafkaProducer) -> list[float]:
    """Milliseconds of single produces to the inbox's twin, one in flight."""
    await bench.topics("bare")
    value, waits = bytes(400), []
    for _ in range(300):
        began = time.perf_counter()
        await producer.send_and_wait(f"bare.{INBOX}", value, partition=0)
        waits.append((time.perf_counter() - began) * 1000)
    return waits


@contextlib.asynccontextmanager
async def _router(bench: Bench) -> AsyncIterator[psutil.Process]:
    settings = bench.settings.model_copy(update={"data_dir": bench.settings.data_dir / "router"})
    make_folders(settings)
    async with Supervisor(settings, lambda _: None) as supervisor:
        await supervisor.start([service_child("router", settings)])
        yield psutil.Process(running_children(settings)[0].pid)


@contextlib.asynccontextmanager
async def _following(tail: Tail, kafka: str) -> AsyncIterator[None]:
    following = asyncio.create_task(tail.follow(kafka))
    try:
        async with asyncio.timeout(LIMIT_S):
            await tail.reading.wait()
        yield
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def _send(producer: AIOKafkaProducer, count: int) -> dict[str, float]:
    """Send in rhythm, partition after partition; when each command was sent."""
    workloads = [Workload(number, LOG_ID, sites=SITES) for number in range(BUSY)]
    for number, workload in enumerate(workloads):
        for value in workload.directory(now_us()):
            await producer.send(INBOX, value, partition=number)
    await producer.flush()
    sent: dict[str, float] = {}
    due = time.perf_counter()
    for turn in range(count):
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        due += EACH_S
        value = workloads[turn % BUSY].next(now_us())
        message = decode_inbox(value)
        began = time.perf_counter()
        if isinstance(message, Command):
            sent[message.id] = began
        await producer.send(INBOX, value, partition=turn % BUSY)
    return sent


async def _until_seen(tail: Tail, sent: Mapping[str, float]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not sent.keys() <= tail.passed.keys():
            await asyncio.sleep(0.05)

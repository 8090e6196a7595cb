"""`desk.ticket`: from a command to its answer on the tail; `.draining`: while another partition drains a backlog.

The router is a process of its own, as in service; this process is the gateway: it produces and reads the tail.
Signals and commands come in turn, a hundred a second, so that fifty a second are commands.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence

import psutil
from aiokafka import AIOKafkaProducer

from services.alarm_router.bootstrap import code_version, genesis
from services.contracts.codec import decode_inbox, encode
from services.contracts.envelope import Command
from services.contracts.topics import EVENTS, INBOX, PARTITIONS
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
    count = round((SECONDS // 2 if bench.quick else SECONDS) / EACH_S)
    await asyncio.to_thread(make_topics, bench.kafka, wanted_topics())
    workloads = [Workload(number, LOG_ID, sites=SITES) for number in range(BUSY)]
    await _begin(bench, workloads)
    tail, producer = Tail(), new_producer(bench.kafka)
    await producer.start()
    figures = []
    drained = BACKLOG // 3 if bench.quick else BACKLOG
    for name, backlog in (("desk.ticket", 0), ("desk.ticket.draining", drained)):
        await _put(bench, backlog)
        bare = await _bare(bench, producer, name)
        async with _router(bench) as router, _following(tail, bench.kafka):
            cpu, busy = sum(router.cpu_times()[:2]), tail.busy
            sent = await _send(producer, workloads, count)
            await _until_seen(tail, sent)
            cpu = (sum(router.cpu_times()[:2]) - cpu) / (tail.busy - busy + count)
        waits = [(tail.passed[command] - at) * 1000 for command, at in sent.items()]
        figures += [
            Figure(f"{name}.{part}", percentile(waits, share), "ms", f"bare produce, acks=all, {part}",
                   percentile(bare, share), cpu * 1e6, done=len(waits))
            for part, share in (("p50", 0.5), ("p99", 0.99))
        ]  # fmt: skip
    await producer.stop()
    return figures


async def _begin(bench: Bench, workloads: Sequence[Workload]) -> None:
    """Genesis everywhere, and the register of the partitions that are not busy."""
    for partition in range(PARTITIONS):
        events = KafkaEventLog(bench.kafka, EVENTS, partition)
        await append_all(events, [encode(genesis(partition, LOG_ID, now_us(), code_version()))])
        await events.close()
    for partition, workload in enumerate(workloads):
        await append_all(KafkaEventLog(bench.kafka, INBOX, partition), workload.directory(now_us()))


async def _put(bench: Bench, backlog: int) -> None:
    """So many records into the busy partition."""
    if backlog:
        workload = Workload(BUSY, LOG_ID)
        values = workload.directory(now_us()) + [workload.next(now_us()) for _ in range(backlog)]
        await append_all(KafkaEventLog(bench.kafka, INBOX, BUSY), values)


async def _bare(bench: Bench, producer: AIOKafkaProducer, name: str) -> list[float]:
    """Milliseconds of single produces to the inbox's twin, one in flight."""
    await bench.topics(name)
    value, waits = bytes(400), []
    for _ in range(300):
        began = time.perf_counter()
        await producer.send_and_wait(f"{name}.{INBOX}", value, partition=0)
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


async def _send(producer: AIOKafkaProducer, workloads: Sequence[Workload], count: int) -> dict[str, float]:
    """Send in rhythm, partition after partition; when each command was sent."""
    sent: dict[str, float] = {}
    due = time.perf_counter()
    for turn in range(count):
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        due += EACH_S
        number = turn % len(workloads)
        value = workloads[number].next(now_us())
        message = decode_inbox(value)
        began = time.perf_counter()
        if isinstance(message, Command):
            sent[message.id] = began
        await producer.send(INBOX, value, partition=number)
    return sent


async def _until_seen(tail: Tail, sent: Mapping[str, float]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not sent.keys() <= tail.passed.keys():
            await asyncio.sleep(0.05)

"""Systems that fall silent and are heard again: real frames, a receiver of its own, a real broker, a watch that dies."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from services.alarm_router.adapters.kafka_last_heard_book import KafkaLastHeardBook
from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import code_version, genesis, silence_watch
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts.codec import encode
from services.contracts.directory import Line, LineAssigned, SiteEntry, SiteSet
from services.contracts.liveness import SystemFellSilent, SystemHeardAgain
from services.contracts.topics import EVENTS, INBOX, LAST_HEARD, partition_of
from services.eventsourcing.counting import Chain
from services.ingest.domain.dc09_frame import seal
from services.registry.adapters.kafka_directory import KafkaDirectory
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.kafka_records import KafkaRecords
from services.runtime.settings import Address, Settings

SITE = "018f0000-0000-7000-8000-000000000001"
PARTITION = partition_of(SITE)
INTERVAL_S = 1  # silent after three
BEAT_S = 0.3
PATIENCE_S = 40
RECEIVER = """
import asyncio, sys
from pathlib import Path
from services.ingest.bootstrap import receiving
from services.runtime.settings import Address, Settings

async def main():
    free = Address("127.0.0.1", 0)
    settings = Settings(kafka=sys.argv[1], data_dir=Path(sys.argv[3]), signals=free, dc09=free)
    async with receiving(settings, topic_prefix=sys.argv[2]) as receiver:
        print("at", receiver.dc09, flush=True)
        await receiver.failed()

asyncio.run(main())
"""


class Unworried:
    """Who is told how the partition fares."""

    def whole(self, _: int) -> None: ...

    def stopped(self, _: int, reason: str) -> None:
        raise AssertionError(reason)


class Panels:
    """Panels that say every moment that they are there, until they are told to be silent."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.talking: set[str] = set()

    async def talk(self) -> None:
        while True:
            await asyncio.gather(*(self._beat(account) for account in self.talking))
            await asyncio.sleep(BEAT_S)

    async def _beat(self, account: str) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(1):
                reader, writer = await asyncio.open_connection(*self.address)
                try:
                    writer.write(seal(b'"NULL"0000L0#%b[]' % account.encode()))
                    await reader.readuntil(b"\r")
                finally:
                    writer.close()


class Centre:
    """The partition's worker and its watch, and what was decided about silence."""

    def __init__(self, kafka: str, prefix: str) -> None:
        self.settings = Settings(kafka=kafka)
        self.prefix = prefix
        self.inbox = KafkaEventLog(kafka, prefix + INBOX, PARTITION)
        self.events = KafkaEventLog(kafka, prefix + EVENTS, PARTITION)
        self.written = KafkaEventLog(kafka, prefix + EVENTS, PARTITION)
        self.worker = PartitionWorker(
            PARTITION,
            inbox=self.inbox,
            events=self.written,
            clock=now_us,
            watcher=Unworried(),
            code=code_version(),
            company=Company(),
            snapshots=MemorySnapshots(),
        )
        self.records = KafkaRecords(kafka)
        self.chain = Chain()
        self.said: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        writer = await self.events.open_writer()
        await writer.append([encode(genesis(PARTITION, uuid7(), now_us(), code_version()))])
        await writer.close()
        self.tasks.append(asyncio.create_task(self.worker.run()))

    def watch(self) -> asyncio.Task[None]:
        watch = silence_watch(self.settings, self.worker, PARTITION, self.records, prefix=self.prefix)
        task = asyncio.create_task(watch.run())
        self.tasks.append(task)
        return task

    async def register(self, *accounts: str) -> None:
        outlet = KafkaDirectory(self.settings.kafka, self.prefix)
        await outlet.open()
        lines = tuple(
            Line(account_space="default", account=account, interval_s=INTERVAL_S) for account in accounts
        )
        entry = SiteEntry(
            id=SITE, provider="p", site_class="other", division="350102", bureau="350102000000", lines=lines
        )
        told = SiteSet(sender="registry", sent_at=now_us(), position=1, site=entry)
        assigned = [
            LineAssigned(position=1, account_space="default", account=account, site=SITE)
            for account in accounts
        ]
        await outlet.send({PARTITION: [told]}, assigned)
        await outlet.close()

    async def read(self) -> None:
        for record in await self.events.read(self.chain.offset, most=100, wait_s=0.2):
            decision = self.chain.take(record)
            for event in decision.events if decision is not None else ():
                if isinstance(event, SystemFellSilent):
                    self.said.append(f"{event.account} silent")
                elif isinstance(event, SystemHeardAgain):
                    self.said.append(f"{event.account} heard")

    async def hears_of(self, *wanted: str) -> None:
        """Wait until this, and nothing else, was decided about silence."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.said) < len(wanted):
                await self.read()
        assert self.said == list(wanted)

    async def remembers(self, after: int = -1) -> int:
        """Wait until the watch kept what it knew of both lines, behind a place; that place."""
        book = KafkaLastHeardBook(self.settings.kafka, PARTITION, self.records, self.prefix + LAST_HEARD)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    chunks = await book.load()
                    if chunks and len(chunks[0].lines) == 2 and chunks[0].offset > after:
                        return chunks[0].offset
                    await asyncio.sleep(0.2)
        finally:
            await book.close()

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await asyncio.gather(*(one.close() for one in (self.inbox, self.events, self.written, self.records)))


async def address_of(process: subprocess.Popen[str]) -> Address:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while not (line := await asyncio.to_thread(process.stdout.readline)).startswith("at "):
            assert line, "the receiver ended"
    return Address.parse(line.removeprefix("at ").strip())


@pytest.fixture
def made(kafka: str, topics: Callable[[], str]) -> tuple[str, str]:
    return kafka, topics()


@pytest.fixture
async def centre(made: tuple[str, str]) -> AsyncIterator[Centre]:
    one = Centre(*made)
    await one.open()
    yield one
    await one.close()


@pytest.fixture
def receiver(made: tuple[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", RECEIVER, *made, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.send_signal(signal.SIGCONT)
        process.kill()


async def test_silence_is_found_over_kills_and_never_while_nobody_received(
    centre: Centre, receiver: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.alarm_router.handlers.silence_watch.SilenceWatch.save_every_s", 1.0)
    await centre.register("2001", "2002")
    watching = centre.watch()
    panels = Panels(await address_of(receiver))
    panels.talking |= {"2001", "2002"}
    centre.tasks.append(asyncio.create_task(panels.talk()))
    place = await centre.remembers()

    panels.talking.remove("2002")
    await centre.hears_of("2002 silent")

    await centre.remembers(after=place)
    watching.cancel()  # as a kill: nothing is kept on the way out
    await asyncio.gather(watching, return_exceptions=True)
    panels.talking.add("2002")
    await asyncio.sleep(4 * INTERVAL_S)  # longer than the time-out
    watching = centre.watch()
    await centre.hears_of("2002 silent", "2002 heard")

    receiver.send_signal(signal.SIGSTOP)
    await asyncio.sleep(6 * INTERVAL_S)
    receiver.send_signal(signal.SIGCONT)
    for _ in range(10 * INTERVAL_S):
        await centre.read()
    await centre.hears_of("2002 silent", "2002 heard")

    panels.talking.remove("2001")
    await centre.hears_of("2002 silent", "2002 heard", "2001 silent")

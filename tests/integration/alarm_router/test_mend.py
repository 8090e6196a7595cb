"""A partition that an unknown record stopped, mended by two persons while the router runs. Real Kafka."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import asyncpg
import pytest
from typer.testing import CliRunner

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import code_version, genesis, mend_partition, write_genesis
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.mending import NotMended, Order
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts.codec import digest, encode
from services.contracts.envelope import Decision, LogMended, Skipped
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import EVENTS, INBOX, partition_of
from services.eventsourcing.counting import Chain
from services.identity.bootstrap import ensure_accounts
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from services.station.bootstrap import app
from services.station.errors import StationError

LATER = b'{"type":"later.v9","subject":"somewhere"}'
PATIENCE_S = 20
STOPS, GOES_ON = 3, 4


class Watched:
    """Remembers which partitions stopped."""

    def __init__(self) -> None:
        self.reasons: dict[int, str] = {}

    def whole(self, partition: int) -> None:
        self.reasons.pop(partition, None)

    def stopped(self, partition: int, reason: str) -> None:
        self.reasons[partition] = reason


class Router(NamedTuple):
    """Workers of two partitions, and the topics they work on."""

    kafka: str
    inbox: str
    events: str
    watched: Watched

    async def put(self, partition: int, *values: bytes) -> int:
        """Into an inbox; the offset of the first."""
        log = KafkaEventLog(self.kafka, self.inbox, partition)
        writer = await log.open_writer()
        try:
            return await writer.append(values)
        finally:
            await writer.close()
            await log.close()

    async def decided(self, partition: int, through: int) -> list[Decision]:
        """What counts, as soon as the inbox was decided through this offset."""
        log, chain, found = KafkaEventLog(self.kafka, self.events, partition), Chain(), list[Decision]()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not found or found[-1].source.offset < through:
                    for record in await log.read(chain.offset, most=100, wait_s=0.5):
                        if (decision := chain.take(record)) is not None:
                            found.append(decision)
        finally:
            await log.close()
        return found

    async def mend(self, partition: int, through: int | None = None) -> int:
        """By two persons; the offset of the decision."""
        order = Order(("zhao", "admin"), "新版本写入，本版本不识别", through)
        done = await mend_partition(self.kafka, partition, order, inbox=self.inbox, events=self.events)
        return done.lies_at


def signal(partition: int, counter: int) -> bytes:
    """A burglary at a site of this partition."""
    site = next(name for name in map(str, range(1000)) if partition_of(name) == partition)
    received = SignalReceived(
        id=SignalId(run="run-1", line="a/1234", counter=counter),
        sender="ingest",
        sent_at=now_us(),
        received_at=now_us(),
        subject=site,
        protocol="adm_cid",
        account_space="a",
        account="1234",
        sequence=f"{counter:04}",
        code="130",
    )
    return encode(received)


@pytest.fixture
async def router(kafka: str, topics: Callable[..., str]) -> AsyncIterator[Router]:
    prefix = await asyncio.to_thread(topics, INBOX, EVENTS)
    found = Router(kafka, prefix + INBOX, prefix + EVENTS, Watched())
    company, logs, tasks = Company(), list[KafkaEventLog](), list[asyncio.Task[None]]()
    for partition in (STOPS, GOES_ON):
        inbox, events = (KafkaEventLog(kafka, name, partition) for name in (found.inbox, found.events))
        writer = await events.open_writer()
        await writer.append([encode(genesis(partition, uuid7(), now_us(), code_version()))])
        await writer.close()
        worker = PartitionWorker(
            partition, inbox=inbox, events=events, clock=now_us, watcher=found.watched, code=code_version(),
            company=company, snapshots=MemorySnapshots(),
        )  # fmt: skip
        tasks.append(asyncio.create_task(worker.run()))
        logs += [inbox, events]
    yield found
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.gather(*(log.close() for log in logs))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.05)


async def test_the_worker_goes_on_by_itself_after_two_persons_mended(router: Router) -> None:
    first = await router.put(STOPS, signal(STOPS, 1), LATER, signal(STOPS, 2), signal(STOPS, 3))
    await until(lambda: STOPS in router.watched.reasons)
    assert "later.v9" in router.watched.reasons[STOPS]
    await router.put(GOES_ON, signal(GOES_ON, 1))
    assert len(await router.decided(GOES_ON, 0)) == 2
    assert GOES_ON not in router.watched.reasons
    assert (await router.decided(STOPS, first))[-1].source.offset == first

    lies_at = await router.mend(STOPS)
    decisions = await router.decided(STOPS, first + 3)
    assert [one.source.offset for one in decisions] == [-1, 0, 1, 2, 3]
    skipped = Skipped(offset=1, hash=digest(LATER), tag="later.v9")
    mended = LogMended(skipped=(skipped,), reason="新版本写入，本版本不识别", by=("zhao", "admin"))
    assert (decisions[2].lies_at, decisions[2].events) == (lies_at, (mended,))
    assert STOPS not in router.watched.reasons
    later = await router.put(STOPS, signal(STOPS, 4))
    assert (await router.decided(STOPS, later))[-1].source.offset == later


async def test_a_partition_that_works_is_not_mended(router: Router) -> None:
    at = await router.put(GOES_ON, signal(GOES_ON, 1))
    await router.decided(GOES_ON, at)
    with pytest.raises(NotMended, match="nothing to mend"):
        await router.mend(GOES_ON)


ACCOUNTS = {
    "administrator": {"username": "admin", "password": "one long word"},
    "shift_supervisor": {"username": "zhao", "password": "another long word"},
    "operator": {"username": "wang", "password": "a third long word"},
}
PASSWORDS = {account["username"]: account["password"] for account in ACCOUNTS.values()}


@pytest.fixture
async def people(database: str) -> str:
    """DSN of a database with an administrator, a supervisor and an operator."""
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        await ensure_accounts(pool, ACCOUNTS)
    return database


def ordered(kafka: str, people: str, *by: str) -> list[str]:
    """The arguments of the command."""
    named = (f"--by={name}" for name in by)
    return ["mend", "5", "--reason=试验", "--json", *named, f"--kafka={kafka}", f"--postgres={people}"]


async def complaint(arguments: list[str], *passwords: str) -> str:
    """Why the command did not do it."""
    typed = "\n".join(passwords)
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments, input=typed)
    assert isinstance(done.exception, StationError), done.output
    return str(done.exception)


async def test_two_persons_mend_on_the_command_line(kafka: str, people: str) -> None:
    await asyncio.to_thread(make_topics, kafka, wanted_topics())
    await write_genesis(kafka)
    at = await Router(kafka, INBOX, EVENTS, Watched()).put(5, LATER)
    both = ordered(kafka, people, "admin", "zhao")
    admin, zhao, wang = (PASSWORDS[name] for name in ("admin", "zhao", "wang"))

    assert "zhao: unknown, or the password is wrong" in await complaint(both, admin, "guessed")
    with_operator = ordered(kafka, people, "admin", "wang")
    assert "wang is neither administrator nor" in await complaint(with_operator, admin, wang)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.station", *both), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate(f"{admin}\n{zhao}\n".encode())
    assert process.returncode == 0
    done = json.loads(said)
    assert done["partition"] == 5
    passed = [(one["offset"], one["tag"], one["about"]) for one in done["passed"]]
    assert passed == [(at, "later.v9", "somewhere")]
    assert "nothing to mend" in await complaint(both, admin, zhao)
    assert await names_of(people, kafka) == {"admin", "zhao"}


async def names_of(people: str, kafka: str) -> set[str]:
    """Whom the record names as those who mended."""
    decisions = await Router(kafka, INBOX, EVENTS, Watched()).decided(5, 0)
    mended = decisions[-1].events[0]
    assert isinstance(mended, LogMended)
    async with asyncpg.create_pool(people, min_size=1, max_size=1) as pool:
        rows = await pool.fetch("select username from identity.person where id = any($1)", list(mended.by))
    return {row["username"] for row in rows}

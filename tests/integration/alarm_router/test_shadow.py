"""A decision that does not follow from the record: the process `shadow` finds it, and the router raises an alarm. Real Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY

from services.alarm_router import bootstrap, shadow_worker
from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts.alarm import AlarmRaised
from services.contracts.codec import decode_decision, decode_inbox, encode
from services.contracts.shadow import DecidedOtherwise, DecidedOtherwiseNoted
from services.contracts.topics import EVENTS, INBOX
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.runtime.clock import now_us
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Settings
from tests.integration.alarm_router.test_mend import signal
from tests.integration.alarm_router.test_silence import Unworried

PARTITION = 4
PATIENCE_S = 40


@pytest.fixture
def settings(kafka: str, database: str, tmp_path: Path) -> Settings:
    return Settings(kafka=kafka, postgres=database, data_dir=tmp_path, router_partitions=(PARTITION,))


async def put(log: KafkaEventLog, *values: bytes) -> None:
    writer = await log.open_writer()
    try:
        await writer.append(values)
    finally:
        await writer.close()


async def a_forged_record(code: str, inbox: KafkaEventLog, events: KafkaEventLog) -> None:
    """Of two signals the second was decided to be nothing, by somebody who knows how a record is chained."""
    owned: Partition[State] = Partition(AlarmRouter(), PARTITION, code)
    begun = encode(bootstrap.genesis(PARTITION, uuid7(), now_us(), code))
    await put(events, begun)
    owned.fold(Record(0, 0, begun))
    await put(inbox, signal(PARTITION, 1), signal(PARTITION, 2))
    for asked in await inbox.read(0, most=2, wait_s=5):
        decided = owned.decide(asked)
        assert decided is not None
        if asked.offset == 1:
            decided = encode(replace(decode_decision(decided), events=()))
        await put(events, decided)


async def alarms(log: KafkaEventLog) -> list[AlarmRaised]:
    """What was raised of doubts, as soon as they are noted."""
    chain = Chain()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for record in await log.read(chain.offset, most=10, wait_s=0.5):
                decision = chain.take(record)
                if decision and any(isinstance(one, DecidedOtherwiseNoted) for one in decision.events):
                    return [one for one in decision.events if isinstance(one, AlarmRaised)]


async def reports(log: KafkaEventLog) -> list[DecidedOtherwise]:
    """What the shadow reported, as soon as it did."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            records = [decode_inbox(one.value) for one in await log.read(0, most=10, wait_s=0.5)]
            if found := [one for one in records if isinstance(one, DecidedOtherwise)]:
                return found


async def test_a_forged_decision_is_a_supervisors_alarm(
    settings: Settings, topics: Callable[[], str]
) -> None:
    prefix = await asyncio.to_thread(topics)
    code = bootstrap.code_version(bootstrap.law_of(settings))
    inbox, events = (KafkaEventLog(settings.kafka, prefix + name, PARTITION) for name in (INBOX, EVENTS))
    await a_forged_record(code, inbox, events)
    looking = asyncio.create_task(shadow_worker.run(settings, prefix=prefix))
    try:
        (report,) = await reports(inbox)
        assert (report.first, report.last, report.count, report.parts) == (2, 2, 1, ("events",))
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    worker = PartitionWorker(
        PARTITION, inbox=inbox, events=events, clock=now_us, watcher=Unworried(), code=code,
        company=Company(), snapshots=MemorySnapshots(),
    )  # fmt: skip
    looked = KafkaEventLog(settings.kafka, prefix + EVENTS, PARTITION)
    working = asyncio.create_task(worker.run())
    try:
        (alarm,) = await alarms(looked)
        assert (alarm.class_, alarm.code) == ("system", "log.decided_otherwise")
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await asyncio.gather(inbox.close(), events.close(), looked.close())


def shown(what: str) -> float | None:
    """What `/metrics` of the shadow says of the partition."""
    return REGISTRY.get_sample_value(f"jiejing_shadow_{what}", {"partition": str(PARTITION)})


async def test_a_partition_that_cannot_be_followed_any_more_is_shown(
    settings: Settings, topics: Callable[[], str]
) -> None:
    prefix = await asyncio.to_thread(topics)
    code = bootstrap.code_version(bootstrap.law_of(settings))
    inbox, events = (KafkaEventLog(settings.kafka, prefix + name, PARTITION) for name in (INBOX, EVENTS))
    owned: Partition[State] = Partition(AlarmRouter(), PARTITION, code)
    begun = encode(bootstrap.genesis(PARTITION, uuid7(), now_us(), code))
    owned.fold(Record(0, 0, begun))
    both = settings.model_copy(update={"router_partitions": (PARTITION, PARTITION + 1)})
    looking = asyncio.create_task(shadow_worker.run(both, prefix=prefix))
    try:
        await put(events, begun)
        async with asyncio.timeout(PATIENCE_S):
            while not shown("offset"):
                await asyncio.sleep(0.05)
        assert shown("stopped") == 0
        await put(inbox, signal(PARTITION, 1))
        decided = owned.decide((await inbox.read(0, most=1, wait_s=5))[0])
        assert decided is not None
        await put(events, decided.replace(b'"alarm.raised.v1"', b'"alarm.raised.v9"'))
        async with asyncio.timeout(PATIENCE_S):
            while not shown("stopped"):
                await asyncio.sleep(0.05)
        assert not looking.done()  # the other one is followed on
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await asyncio.gather(inbox.close(), events.close())

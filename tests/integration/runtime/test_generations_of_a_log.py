"""A log that lies in two topics is one list to whoever reads or writes it. Real Kafka."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import NamedTuple

import pytest

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.snapshot import freeze
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.generation import fold_old, said, write
from services.contracts.codec import decode_decision, encode
from services.contracts.envelope import GenerationBegun
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import EVENTS, INBOX, topic_of
from services.eventsourcing.counting import Chain
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import AppendUnknown, OffsetGone, Record
from services.runtime.counting import Counted, read_counting
from services.runtime.ids import uuid7
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.kafka_records import KafkaRecords
from services.station.adapters.kafka_topics import make_topics, seal_topics, wanted_topics
from services.station.copies.topics import records_of

NOW = 1_800_000_000_000_000
PARTITION = 3
DECIDED, WAITING = 6, 2


class Logs(NamedTuple):
    """A partition's record and inbox on the run's broker."""

    kafka: str
    prefix: str
    events: KafkaEventLog
    inbox: KafkaEventLog

    async def receives(self, many: int) -> None:
        end = await self.inbox.end()
        await append(self.inbox, [signal(end + number) for number in range(many)])

    async def decides(self, many: int) -> Partition[State]:
        """As a router: so many that wait."""
        owned = await self.folded()
        first = owned.source.offset + 1
        values = [owned.decide(one) for one in await everything(self.inbox, first, first + many)]
        await append(self.events, [one for one in values if one is not None])
        return owned

    async def folded(self) -> Partition[State]:
        owned: Partition[State] = Partition(AlarmRouter(), PARTITION, "1.0")
        for record in await everything(self.events, 0, await self.events.end()):
            owned.fold(record)
        return owned

    async def begin(self, number: int = 2) -> int:
        """The next generation; where it begins."""
        old = await fold_old(PARTITION, inbox=self.inbox, events=self.events, code="1.0")
        begins = old.begins
        begun = GenerationBegun(
            log_id=uuid7(),
            before=old.log_id,
            generation=number,
            partition=PARTITION,
            partitions=12,
            inbox_begins=old.inbox_end,
            heads=(old.head,),
            pieces=0,
            left_out=old.end - begins,
            reason="to see",
            by=("zhao", "admin"),
        )
        topics = {one.name: one for one in wanted_topics()}
        record, inbox = (topics[name]._replace(name=topic_of(name, number)) for name in (EVENTS, INBOX))
        await asyncio.to_thread(make_topics, self.kafka, [record], self.prefix)
        new = KafkaEventLog(self.kafka, self.prefix + record.name, PARTITION)
        await write(old, said(old, begun, NOW), new)
        await new.close()
        assert await self.events.end() == old.end, "nobody knows of it before its inbox is there"
        await asyncio.to_thread(make_topics, self.kafka, [inbox], self.prefix)
        await self.close()  # as a process that is started again
        return begins

    async def close(self) -> None:
        await self.events.close()
        await self.inbox.close()


def signal(counter: int) -> bytes:
    received = SignalReceived(
        id=SignalId(run="run-1", line="a/1234", counter=counter + 1),
        sender="ingest",
        sent_at=NOW,
        received_at=NOW,
        subject="site",
        protocol="adm_cid",
        account_space="a",
        account="1234",
        sequence=f"{counter:04}",
        code="130",
    )
    return encode(received)


async def append(log: KafkaEventLog, values: list[bytes]) -> int:
    writer = await log.open_writer()
    try:
        return await writer.append(values)
    finally:
        await writer.close()


async def until_refused(log: KafkaEventLog, values: list[bytes]) -> str:
    """A broker hears of a setting a moment after it was asked for. Why it refuses."""
    async with asyncio.timeout(60):
        while True:
            try:
                await append(log, values)
            except AppendUnknown as error:
                return str(error)


async def everything(log: KafkaEventLog, first: int, end: int) -> list[Record]:
    found: list[Record] = []
    async with asyncio.timeout(60):
        while first + len(found) < end:
            at = first + len(found)
            found += await log.read(at, most=end - at, wait_s=1)
    return found


@pytest.fixture
def names(kafka: str, topics: Callable[..., str]) -> tuple[str, str]:
    return kafka, topics(INBOX, EVENTS)


@pytest.fixture
async def logs(names: tuple[str, str]) -> AsyncIterator[Logs]:
    kafka, prefix = names
    made = Logs(kafka, prefix, *(KafkaEventLog(kafka, prefix + name, PARTITION) for name in (EVENTS, INBOX)))
    await append(made.events, [encode(genesis(PARTITION, uuid7(), NOW, "1.0"))])
    await made.receives(DECIDED + WAITING)
    await made.decides(DECIDED)
    yield made
    await made.close()


async def test_offsets_go_on_and_what_waits_in_the_old_inbox_is_decided_first(logs: Logs) -> None:
    before = await logs.folded()
    begins = await logs.begin()
    assert (begins, await logs.events.begun()) == (DECIDED + 1, begins)
    assert await logs.inbox.begun() == await logs.inbox.end() == DECIDED + WAITING
    after = await logs.folded()
    assert (after.source, after.state.alarms) == (before.source, before.state.alarms)

    await logs.receives(2)
    records = await everything(logs.inbox, 0, await logs.inbox.end())
    assert [one.offset for one in records] == list(range(DECIDED + WAITING + 2))
    assert [one.value for one in records] == [signal(number) for number in range(len(records))]
    whole = await logs.decides(WAITING + 2)
    assert whole.source.offset == len(records) - 1
    record = await everything(logs.events, 0, await logs.events.end())
    assert [decode_decision(one.value).lies_at for one in record] == list(range(len(record)))


async def test_a_router_begins_with_the_newest_generation_and_knows_the_same(logs: Logs) -> None:
    begins = await logs.begin()
    owned: Partition[State] = Partition(AlarmRouter(), PARTITION, "1.0")
    (first, *rest) = await everything(logs.events, begins, await logs.events.end())
    owned.begin_at(first)
    for record in rest:
        owned.fold(record)
    assert freeze(owned.state) == freeze((await logs.folded()).state)


async def test_readers_of_what_counts_go_over_by_themselves(logs: Logs) -> None:
    begins = await logs.begin()
    await logs.decides(WAITING)
    end, seen = await logs.events.end(), list[Counted]()
    chains = {PARTITION: Chain()}
    reading = read_counting(logs.kafka, chains, topic=logs.prefix + EVENTS, most=4)
    async with asyncio.timeout(60), aclosing(reading) as batches:
        async for batch in batches:
            seen += batch
            if chains[PARTITION].offset == end:
                break
    assert [one.offset for one in seen] == list(range(end)) and end > begins + WAITING


async def test_what_lies_behind_a_break_is_no_part_of_the_list(logs: Logs) -> None:
    forged = genesis(PARTITION, uuid7(), NOW, "1.0")
    await append(logs.events, [encode(forged).replace(b'"lies_at":0', b'"lies_at":%d' % (DECIDED + 1))])
    begins = await logs.begin()
    assert begins == DECIDED  # the newest that nobody names goes as well
    owned = await logs.folded()
    assert owned.source.offset == DECIDED - 2
    with pytest.raises(OffsetGone):
        await logs.events.read(await logs.events.end() + 1, most=1, wait_s=0.1)
    copied = [one async for batch in records_of(logs.kafka, logs.prefix + EVENTS, PARTITION) for one in batch]
    assert [one.offset for one in copied] == list(range(await logs.events.end()))
    assert [one.value for one in copied] == [
        one.value for one in await everything(logs.events, 0, len(copied))
    ]


async def test_a_sealed_topic_takes_nothing_and_can_be_read(logs: Logs) -> None:
    await asyncio.to_thread(seal_topics, logs.kafka, [logs.prefix + INBOX, logs.prefix + EVENTS])
    assert re.search("size|large", await until_refused(logs.inbox, [signal(99)]), re.IGNORECASE)
    assert re.search("size|large", await until_refused(logs.events, [b"{}"]), re.IGNORECASE)
    end = await logs.inbox.end()
    records = KafkaRecords(logs.kafka)
    with pytest.raises(AppendUnknown):
        await records.append(logs.prefix + INBOX, PARTITION, "site", signal(99))
    assert await logs.inbox.end() == end == len(await everything(logs.inbox, 0, end))
    await logs.begin()
    await records.append(logs.prefix + INBOX, PARTITION, "site", signal(end))
    await records.close()
    assert (await everything(logs.inbox, end, end + 1))[0].value == signal(end)


async def test_who_writes_goes_over_with_a_reader_of_before(logs: Logs) -> None:
    stale = KafkaEventLog(logs.kafka, logs.prefix + INBOX, PARTITION)
    assert await stale.end() == DECIDED + WAITING
    await logs.begin()
    assert await append(stale, [signal(DECIDED + WAITING)]) == DECIDED + WAITING
    assert len(await everything(stale, 0, DECIDED + WAITING + 1)) == DECIDED + WAITING + 1
    await stale.close()


async def test_a_third_generation_follows_the_second(logs: Logs) -> None:
    await logs.begin()
    await logs.receives(3)
    await logs.decides(WAITING + 1)
    begins = await logs.begin(3)
    assert await logs.events.begun() == begins
    await logs.receives(1)
    owned = await logs.decides(3)
    assert owned.source.offset == DECIDED + WAITING + 3
    assert len(await everything(logs.inbox, 0, DECIDED + WAITING + 4)) == DECIDED + WAITING + 4
    assert freeze((await logs.folded()).state) == freeze(owned.state)

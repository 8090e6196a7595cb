"""A changed filing is in the next decision, and the day before still shows the old one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import asyncpg

from services.alarm_router.domain.machine import AlarmRouter
from services.contracts.alarm import AlarmRaised
from services.contracts.codec import decode_decision, encode
from services.contracts.directory import Filing
from services.contracts.signals import SignalReceived
from services.contracts.stored import SignalId
from services.contracts.topics import EVENTS, INBOX, PARTITIONS, partition_of
from services.eventsourcing.partition import Partition
from services.registry import relay_worker
from services.registry.bootstrap import registry_store
from services.registry.domain.keys import provider_id, provider_stream, site_id
from services.registry.domain.provider import SetFiling
from services.registry.handlers.change_entry import Changed, ChangeEntry, Wanted
from services.registry.handlers.reading import register_at
from services.runtime.clock import now_us
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Settings
from tests.integration.registry.relaying import deciding, imported

AUTHORITY = "福州市公安局"
PROVIDER, SITE = provider_id("安居报警"), site_id("S0")
PARTITION = partition_of(SITE)


def signal(counter: int, code: str) -> bytes:
    """Of the site's line; each code is another happening."""
    return encode(
        SignalReceived(
            id=SignalId(run="run-1", line="default/0", counter=counter),
            sender="ingest",
            sent_at=now_us(),
            received_at=now_us(),
            subject=SITE,
            protocol="adm_cid",
            account_space="default",
            account="0",
            sequence=f"{counter:04}",
            code=code,
        )
    )


async def raised(
    inbox: KafkaEventLog, events: KafkaEventLog, counter: int, code: str
) -> tuple[int, AlarmRaised]:
    """Put a signal into the inbox; the alarm that it raised, and where the record has it."""
    writer = await inbox.open_writer()
    await writer.append([signal(counter, code)])
    await writer.close()
    async with asyncio.timeout(30):
        while not (found := [one for one in await alarms(events) if one[1].code == code]):
            await asyncio.sleep(0.02)
    return found[0]


async def alarms(events: KafkaEventLog) -> Sequence[tuple[int, AlarmRaised]]:
    read = await events.read(0, most=1000, wait_s=0.1)
    decisions = [(record.offset, decode_decision(record.value)) for record in read]
    return [
        (at, one) for at, decision in decisions for one in decision.events if isinstance(one, AlarmRaised)
    ]


async def noted(pool: asyncpg.Pool, position: int) -> None:
    """Until every partition has decided the provider's change."""
    async with asyncio.timeout(30):
        while (
            await pool.fetchval("select count(*) from registry.relay where position >= $1", position)
            < PARTITIONS
        ):
            await asyncio.sleep(0.02)


async def filings_at(events: KafkaEventLog, offset: int) -> tuple[Filing, ...]:
    """What a fold of the record up to an offset knows of the provider."""
    partition = Partition(AlarmRouter(), PARTITION, "test")
    for record in await events.read(0, most=offset + 1, wait_s=1):
        if record.offset <= offset:
            partition.fold(record)
    return partition.state.providers[PROVIDER].filings


async def test_a_changed_filing_is_in_the_next_decision_and_the_day_before_shows_the_old_one(
    pool: asyncpg.Pool, kafka: str, topics: Callable[[], str], database: str, tmp_path: Path
) -> None:
    prefix = await asyncio.to_thread(topics)
    settings = Settings(kafka=kafka, postgres=database, data_dir=tmp_path)
    store = registry_store(pool)
    await imported(pool, "submitted", 1)
    inbox, events = (KafkaEventLog(kafka, prefix + topic, PARTITION) for topic in (INBOX, EVENTS))
    async with deciding(settings, prefix):
        relaying = asyncio.create_task(relay_worker.run(settings, prefix=prefix))
        try:
            await noted(pool, 2)
            async with asyncio.timeout(30):
                while (
                    await pool.fetchval("select position from registry.relay where partition = $1", PARTITION)
                    < 4
                ):
                    await asyncio.sleep(0.02)
            before, first = await raised(inbox, events, 1, "130")
            filed = Filing(authority=AUTHORITY, state="filed", since="2026-11-21")
            wanted = Wanted(
                stream=provider_stream(PROVIDER),
                commands=(SetFiling(filing=filed, now_us=now_us()),),
                version=2,
            )
            changed = await ChangeEntry(store).run(wanted, by="zhao", request="r1")
            assert isinstance(changed, Changed)
            await noted(pool, changed.position)
            _, second = await raised(inbox, events, 2, "110")
            then = await filings_at(events, before)
        finally:
            relaying.cancel()
            await asyncio.gather(relaying, return_exceptions=True)
            await asyncio.gather(inbox.close(), events.close())
    assert first.filing is not None
    assert (first.filing.state, second.filing) == ("submitted", filed)
    assert second.registry_position == changed.position
    assert [one.state for one in then] == ["submitted"]
    past = (await register_at(store, changed.position - 1)).providers()[PROVIDER]
    now = (await register_at(store, changed.position)).providers()[PROVIDER]
    assert (past.filings, now.filings) == (then, (filed,))

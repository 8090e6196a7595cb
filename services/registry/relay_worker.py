"""The relay: follows the store, tells router and ingest, and keeps the copy in registry.events. Loops for ever.

Kafka and PostgreSQL may go away. It keeps no position of its own: it resumes from what the counting decisions show each partition to know
(design, section 3, point 13), so a record restored from a copy is told again what it lost. What is said twice does
nothing the second time, as the router takes positions only upwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import asyncpg
import structlog

from services.contracts.directory import ProviderNoted, ProviderSet, SiteNoted, SiteSet
from services.contracts.topics import EVENTS, PARTITIONS
from services.eventsourcing.event_store import Retry
from services.registry.adapters.kafka_directory import KafkaDirectory
from services.registry.adapters.kafka_registry_copy import KafkaRegistryCopy
from services.registry.bootstrap import registry_store
from services.registry.handlers.copying import copied
from services.registry.handlers.relay import next_page
from services.registry.ports import OutletFailed
from services.runtime.acting_on_decisions import act_on_decisions
from services.runtime.clock import now_us
from services.runtime.counting import Counted
from services.runtime.postgres_pool import POSTGRES_AWAY
from services.runtime.settings import Settings

PAGE = 1_000
POLL_S = 0.2
READER = "registry.relay"
PAUSE_S = 1.0
_log = structlog.get_logger()

_NOTE = """
insert into registry.relay (partition, position) select * from unnest($1::int[], $2::bigint[])
on conflict (partition) do update set position = greatest(registry.relay.position, excluded.position)
"""
_KNOWN = "select partition, position from registry.relay"


async def run(settings: Settings, *, prefix: str = "") -> None:
    """Relay and copy until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(again_and_again(_relay, settings, prefix))
        group.create_task(again_and_again(copy_register, settings, prefix))


async def again_and_again(
    work: Callable[[Settings, str], Awaitable[None]], settings: Settings, prefix: str
) -> None:
    """A failure is logged, waited out and begun again from the known position."""
    while True:
        try:
            await work(settings, prefix)
        except (*POSTGRES_AWAY, OutletFailed, Retry) as error:
            _log.warning("relay.again", reason=str(error), kind=type(error).__name__)
        await asyncio.sleep(PAUSE_S)


async def copy_register(settings: Settings, prefix: str) -> None:
    """Bring the copy to the end of the store and keep it there."""
    copy = KafkaRegistryCopy(settings.kafka, prefix)
    try:
        async with asyncpg.create_pool(settings.postgres, min_size=1, max_size=1, command_timeout=30) as pool:
            store, position = registry_store(pool), await copy.position()
            while True:
                page = await store.read_all(position, PAGE)
                if not page:
                    await asyncio.sleep(POLL_S)
                    continue
                await copy.append([copied(event) for event in page])
                position = page[-1].position
    finally:
        await copy.close()


async def _relay(settings: Settings, prefix: str) -> None:
    async with asyncpg.create_pool(settings.postgres, min_size=1, max_size=3, command_timeout=30) as pool:
        outlet, caught_up = KafkaDirectory(settings.kafka, prefix), asyncio.Event()
        noting = asyncio.create_task(_note(settings, pool, prefix, caught_up))
        try:
            await outlet.open()
            await _first(caught_up, noting)
            await _follow(pool, outlet, noting)
        finally:
            noting.cancel()
            await asyncio.gather(noting, return_exceptions=True)
            await outlet.close()


async def _first(caught_up: asyncio.Event, noting: asyncio.Task[None]) -> None:
    """Until the decisions were read to their end; raises what ended the reading."""
    while not caught_up.is_set():
        await asyncio.wait({noting}, timeout=POLL_S)
        if noting.done():
            noting.result()


async def _note(settings: Settings, pool: asyncpg.Pool, prefix: str, caught_up: asyncio.Event) -> None:
    """Keep in `registry.relay` which position each partition's decisions have noted."""

    async def act(batch: Sequence[Counted]) -> None:
        noted: dict[int, int] = {}
        for counted in batch:
            for event in counted.decision.events:
                if isinstance(event, (SiteNoted, ProviderNoted)):
                    noted[counted.partition] = max(noted.get(counted.partition, 0), event.position)
        if noted:
            await pool.execute(_NOTE, list(noted), list(noted.values()))

    await act_on_decisions(
        settings.kafka, pool, prefix + READER, act, caught_up=caught_up.set, topic=prefix + EVENTS
    )


async def _follow(pool: asyncpg.Pool, outlet: KafkaDirectory, noting: asyncio.Task[None]) -> None:
    store = registry_store(pool)
    known = {row["partition"]: row["position"] for row in await pool.fetch(_KNOWN)}
    position = min((known.get(partition, 0) for partition in range(PARTITIONS)), default=0)
    while True:
        if noting.done():
            noting.result()
        told = await next_page(store, position, PAGE, now_us())
        if told is None:
            await asyncio.sleep(POLL_S)
            continue
        await outlet.send(_news(told.inbox, known), told.lines)
        position = told.position


def _news(
    inbox: Mapping[int, Sequence[SiteSet | ProviderSet]], known: Mapping[int, int]
) -> dict[int, list[SiteSet | ProviderSet]]:
    """What a partition is not known to have noted."""
    return {
        partition: [change for change in changes if change.position > known.get(partition, 0)]
        for partition, changes in inbox.items()
    }

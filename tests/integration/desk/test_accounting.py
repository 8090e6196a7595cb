"""Every signal is accounted for: what the sockets counted against what the record says, across a restart."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import asyncpg
import httpx
from websockets.asyncio.client import connect

from services.contracts.alarm import SignalRecorded
from services.contracts.codec import decode_inbox
from services.contracts.signals import SignalReceived
from services.contracts.topics import INBOX
from services.contracts.views import Accounting, Beat
from services.ingest.bootstrap import receiving
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Address
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from tests.integration.desk.conftest import DecisionLog, World, open_feed, projecting
from tests.integration.desk.screen import as_, frame
from tests.integration.desk.stand_in import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from websockets.asyncio.client import ClientConnection

TOKEN = "a-token"


async def record_all(world: World, partition: int, outcome: str) -> None:
    """Record what comes into one partition, with one outcome."""
    log = DecisionLog(KafkaEventLog(world.settings.kafka, world.events, partition), partition)
    await log.begin()
    inbox, offset = KafkaEventLog(world.settings.kafka, world.inbox, partition), 0
    try:
        while True:
            for record in await inbox.read(offset, most=100, wait_s=0.2):
                offset = record.offset + 1
                one = decode_inbox(record.value)
                assert isinstance(one, SignalReceived)
                name = f"{one.id.run}/{one.id.line}/{one.id.counter}"
                recorded = SignalRecorded(signal=one.id, outcome=outcome, code=one.code, received_at=1)  # type: ignore[arg-type]  # the test's word
                await log.append(name, recorded, source=record.offset)
    finally:
        await inbox.close()


async def post(address: Address, token: str, *ids: str) -> None:
    body = [{"id": one, "account": f"10{one}", "code": "130"} for one in ids]
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        answer = await client.post("/v1/signals", json=body, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 202 or token != TOKEN, answer.text


async def told(client: ClientConnection, fits: Callable[[Accounting], bool]) -> Accounting:
    """The accounting of the first beat that fits."""
    async with asyncio.timeout(60):
        while True:
            beat: Beat = await frame(client, Beat)
            if beat.accounting is not None and fits(beat.accounting):
                return beat.accounting


@contextlib.asynccontextmanager
async def received(world: World, folder: Path) -> AsyncIterator[World]:
    """A receiver, and a world that knows where it is."""
    prefix = world.inbox.removesuffix(INBOX)
    await asyncio.to_thread(make_topics, world.settings.kafka, wanted_topics(), prefix)
    settings = world.settings.model_copy(
        update={"data_dir": folder, "signals": Address("127.0.0.1", 0), "dc09": Address("127.0.0.1", 0)}
    )
    settings.secrets_dir.mkdir(parents=True, exist_ok=True)
    settings.signal_token_file.write_text(TOKEN + "\n", encoding="utf-8")
    async with receiving(settings, topic_prefix=prefix) as receiver:
        yield world._replace(settings=settings.model_copy(update={"signals": receiver.signals}))


async def test_the_beat_accounts_for_every_signal_and_a_restart_begins_a_new_page(
    world: World, tmp_path: Path
) -> None:
    recorders = [record_all(world, number, "surfaced" if number % 2 else "logged") for number in range(12)]
    async with projecting(world), running(*recorders):
        async with received(world, tmp_path) as here, open_feed(here) as feed:
            await post(here.settings.signals, TOKEN, "1", "2", "3", "4", "5", "6", "7")
            await post(here.settings.signals, "wrong", "8")
            async with (
                connect(feed.address, **as_("operator-1")) as operator,
                connect(feed.address, **as_("police-1")) as police,
            ):
                seen = await told(operator, lambda one: one.recorded == 7 and one.under_way == 0)
                assert seen.surfaced + seen.logged == 7
                assert seen.received == 7 + seen.refused
                assert seen.unaccounted == 0
                assert (await frame(police, Beat)).accounting is None
        async with received(world, tmp_path) as again, open_feed(again) as feed:
            await post(again.settings.signals, TOKEN, "9", "10")
            async with connect(feed.address, **as_("operator-1")) as operator:
                seen = await told(operator, lambda one: one.recorded == 2 and one.under_way == 0)
                assert (seen.received - seen.refused, seen.unaccounted) == (2, 0)
        connection = await asyncpg.connect(world.settings.postgres)
        rows = await connection.fetch(
            "select run, sum(count)::int as count from desk_2.accounting group by run"
        )
        await connection.close()
        assert sorted(row["count"] for row in rows) == [2, 7]


async def test_a_receiver_that_is_away_is_told_as_unknown_and_not_as_old_figures(world: World) -> None:
    async with open_feed(world) as feed, connect(feed.address, **as_("operator-1")) as operator:
        assert (await frame(operator, Beat)).accounting is None

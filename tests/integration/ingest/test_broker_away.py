"""With Kafka held for 20 s, or killed and kept away for 20 s, every panel is acknowledged and nothing is lost or twice."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.contracts.codec import decode_inbox
from services.contracts.signals import SignalReceived
from services.ingest.bootstrap import receiving
from services.runtime.settings import Address, Settings
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from tests.integration.ingest.a_broker import Broker, inbox_of
from tests.integration.ingest.a_load import Load, recorded

AWAY_SECONDS = 20.0
PANELS = 12


async def held(broker: Broker) -> None:
    broker.hold()
    await asyncio.sleep(AWAY_SECONDS)
    broker.go_on()


async def killed(broker: Broker) -> None:
    await asyncio.to_thread(broker.kill)
    await asyncio.sleep(AWAY_SECONDS)
    broker.start()
    await broker.ready()


async def until_empty(spool: Path) -> None:
    async with asyncio.timeout(30):
        while list(spool.glob("*.spool")):
            await asyncio.sleep(0.1)


async def under_load(away: Callable[[Broker], Awaitable[None]]) -> None:
    free = Address("127.0.0.1", 0)
    with tempfile.TemporaryDirectory(prefix="jiejing-test-") as folder:
        broker = Broker(Path(folder) / "kafka")
        try:
            await broker.ready()
            await asyncio.to_thread(make_topics, broker.address, wanted_topics())
            data = Path(folder) / "ingest"
            settings = Settings(kafka=broker.address, data_dir=data, signals=free, dc09=free)
            async with receiving(settings) as receiver:
                load = Load(receiver.dc09, PANELS)
                await asyncio.sleep(1)
                before = load.total
                await away(broker)
                during = load.total - before
                await until_empty(settings.spool_dir)
                await asyncio.sleep(1)
                await load.stop()
            partitions = await inbox_of(broker.address)
        finally:
            broker.go_on()
            broker.kill()
    assert during > PANELS * AWAY_SECONDS  # each at least once a second, all the while
    found = recorded(partitions)
    assert found == load.acknowledged
    records = [decode_inbox(value) for values in partitions for value in values]
    assert all(isinstance(record, SignalReceived) for record in records)  # and no trouble to report


async def test_a_broker_that_is_away_for_20_seconds_costs_no_panel_anything() -> None:
    await asyncio.gather(under_load(held), under_load(killed))

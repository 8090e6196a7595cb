"""A broker for one run of the benches, in a folder of its own, gone at the end."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from services.contracts.topics import EVENTS, INBOX, PARTITIONS
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.settings import Settings
from services.station.adapters.data_folder import make_folders
from services.station.adapters.embedded_kafka import ports_of, prepare_kafka
from services.station.adapters.kafka_topics import make_topics, wanted_topics
from services.station.errors import StationError
from services.station.supervisor import Supervisor

CHUNK = 1000
HEAP = "-Xmx1g"  # a hundred partitions are read here at once, a megabyte each


class Bench(NamedTuple):
    """Where the benches run. `quick`: a tenth of the work, for a look."""

    settings: Settings
    quick: bool

    @property
    def kafka(self) -> str:
        """Bootstrap servers."""
        return self.settings.kafka

    async def topics(self, name: str, partitions: int = PARTITIONS) -> None:
        """Make the product's topics under the prefix `name.`."""
        topics = [topic._replace(partitions=partitions) for topic in wanted_topics()]
        await asyncio.to_thread(make_topics, self.kafka, topics, f"{name}.")

    def inbox(self, name: str, partition: int = 0) -> KafkaEventLog:
        """The inbox made by `topics(name)`."""
        return KafkaEventLog(self.kafka, f"{name}.{INBOX}", partition)

    def events(self, name: str, partition: int = 0) -> KafkaEventLog:
        """The record made by `topics(name)`."""
        return KafkaEventLog(self.kafka, f"{name}.{EVENTS}", partition)


def _silent(_: str) -> None:
    """The supervisor has nothing to say to somebody who measures."""


@contextlib.asynccontextmanager
async def a_bench(*, quick: bool) -> AsyncIterator[Bench]:
    """Start a broker; leaving ends it and removes its data. However we end, the watchdog ends it too."""
    with tempfile.TemporaryDirectory(prefix="jiejing-bench-", ignore_cleanup_errors=True) as folder:
        settings = Settings(data_dir=Path(folder))
        make_folders(settings)
        kafka = await asyncio.to_thread(prepare_kafka, settings)
        argv = tuple(HEAP if word.startswith("-Xmx") else word for word in kafka.argv)
        async with Supervisor(settings, _silent) as supervisor:
            await supervisor.start([replace(kafka, argv=argv)])
            ports = ports_of(settings)
            if ports is None:
                raise StationError("the bench's broker has no port: run the bench again")
            address = f"127.0.0.1:{ports.broker}"
            yield Bench(settings.model_copy(update={"kafka": address}), quick)


async def append_all(log: KafkaEventLog, values: Sequence[bytes]) -> None:
    """Append in requests of a thousand records."""
    writer = await log.open_writer()
    for start in range(0, len(values), CHUNK):
        await writer.append(values[start : start + CHUNK])
    await writer.close()

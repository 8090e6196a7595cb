"""`DirectoryOutlet` on Kafka: one batch in flight for each partition, so nothing overtakes.

With more in flight a batch that is given up could leave a hole behind one that arrived, and the router, which
takes positions only upwards, would skip what was in it for ever. Lines go out before the changes of their page: what decisions have noted is
never said again, so nothing may be noted of a page whose lines did not arrive.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from aiokafka.errors import KafkaError

from services.contracts.codec import encode
from services.contracts.directory import LineRecord, ProviderSet, SiteSet
from services.contracts.topics import DIRECTORY, INBOX, line_key, partition_of
from services.registry.ports import OutletFailed
from services.runtime.kafka_clients import BATCH_BYTES, REQUEST_BYTES, Producer, let_go

_SECONDS = 15.0


class KafkaDirectory:
    """One producer; after `OutletFailed` it is closed and never used again. `prefix` keeps tests apart."""

    def __init__(self, servers: str, prefix: str = "") -> None:
        self._producer = Producer(
            bootstrap_servers=servers,
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_BYTES,
        )
        self._prefix = prefix

    async def open(self) -> None:
        """Connect. Raises `OutletFailed`."""
        try:
            async with asyncio.timeout(_SECONDS):
                await self._producer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            raise OutletFailed(str(error)) from error

    async def close(self) -> None:
        """Give it up; what is under way may still land, which is harmless."""
        await let_go(self._producer)

    async def send(self, inbox: dict[int, list[SiteSet | ProviderSet]], lines: Sequence[LineRecord]) -> None:
        """See the port."""
        directory: dict[int, list[tuple[bytes, bytes]]] = defaultdict(list)
        for line in lines:
            key = line_key(line.account_space, line.account)
            directory[partition_of(key)].append((key.encode(), encode(line)))
        changes = {number: [_keyed(told) for told in sets] for number, sets in inbox.items()}
        try:
            async with asyncio.timeout(4 * _SECONDS):
                await self._all(DIRECTORY, directory)
                await self._all(INBOX, changes)
        except* (KafkaError, OSError, TimeoutError) as errors:
            raise OutletFailed(str(errors.exceptions[0])) from errors

    async def _all(self, topic: str, records: Mapping[int, Sequence[tuple[bytes, bytes]]]) -> None:
        async with asyncio.TaskGroup() as group:
            for number, keyed in records.items():
                group.create_task(self._in_order(self._prefix + topic, number, keyed))

    async def _in_order(self, topic: str, partition: int, records: Sequence[tuple[bytes, bytes]]) -> None:
        left, topic = list(records), await self._producer.newest(topic)
        while left:
            batch = self._producer.create_batch()
            taken = 0
            while taken < len(left) and batch.append(
                key=left[taken][0], value=left[taken][1], timestamp=None
            ):
                taken += 1
            batch.close()
            await (await self._producer.send_batch(batch, topic, partition=partition))
            left = left[taken:]


def _keyed(told: SiteSet | ProviderSet) -> tuple[bytes, bytes]:
    subject = told.site.id if isinstance(told, SiteSet) else told.provider.id
    return subject.encode(), encode(told)

"""`RegisterCopy` on topic registry.events: one partition, each record once and in the order of positions.

A batch whose fate is unknown may land twice, and so may what a process writes that is thought to be dead. A reader
therefore takes a record only if its position is one above that of the last one it took; nothing else is needed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiokafka.errors import KafkaError

from services.contracts.codec import encode
from services.contracts.registry import RegistryRecord
from services.contracts.topics import REGISTRY_EVENTS
from services.eventsourcing.ports import LogError, LogWriter
from services.registry.ports import OutletFailed
from services.runtime.kafka_event_log import KafkaEventLog

# What several writers may have left behind the newest position is never more than a page of each.
LOOK_BACK = 5_000
WAIT_S = 10.0
AWAY = (KafkaError, OSError, LogError)
_RECORD = msgspec.json.Decoder(RegistryRecord)


class KafkaRegistryCopy:
    """One writer; after `OutletFailed` it is closed and never used again. `prefix` keeps tests apart."""

    def __init__(self, servers: str, prefix: str = "") -> None:
        self._log = KafkaEventLog(servers, prefix + REGISTRY_EVENTS, 0)
        self._writer: LogWriter | None = None

    async def position(self) -> int:
        """The newest position that the copy has; 0: it is empty. Raises `OutletFailed`."""
        try:
            end = await self._log.end()
            at, newest = max(0, end - LOOK_BACK), 0
            while at < end:
                records = await self._log.read(at, most=LOOK_BACK, wait_s=WAIT_S)
                if not records:
                    raise OutletFailed("the copy's newest records are not shown")
                newest = max(newest, *(_RECORD.decode(record.value).position for record in records))
                at = records[-1].offset + 1
        except AWAY as error:
            raise OutletFailed(str(error)) from error
        return newest

    async def append(self, records: Sequence[RegistryRecord]) -> None:
        """Append in order, durably. Raises `OutletFailed`: fate unknown, ask for the position again."""
        try:
            self._writer = self._writer or await self._log.open_writer()
            await self._writer.append([encode(record) for record in records])
        except AWAY as error:
            raise OutletFailed(str(error)) from error

    async def close(self) -> None:
        """Give it up."""
        if self._writer is not None:
            await self._writer.close()
        await self._log.close()

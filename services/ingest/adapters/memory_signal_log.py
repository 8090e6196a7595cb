"""A log in memory that keeps what the Kafka one keeps, as bytes: for tests and simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contracts.codec import encode
from services.contracts.topics import PARTITIONS, partition_of
from services.ingest.ports import AppendFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.ingest.ports import Entry


class MemorySignalLog:
    """One list of values per partition. While `down` is set, appending fails."""

    def __init__(self) -> None:
        self.partitions: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        self.down = False

    async def append(self, records: Sequence[Entry]) -> None:
        """Keep the records. Raises `AppendFailed` while down."""
        if self.down:
            msg = "the log is down"
            raise AppendFailed(msg)
        for record in records:
            self.partitions[partition_of(record.subject)].append(encode(record))

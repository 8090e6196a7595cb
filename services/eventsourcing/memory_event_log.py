"""The in-memory twin of a log partition: the same behaviour, without a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from services.eventsourcing.ports import AppendUnknown, OffsetGone, Record


class MemoryEventLog:
    """A list. `stamp` gives the broker's time of an append, microseconds."""

    def __init__(self, stamp: Callable[[], int] = lambda: 0) -> None:
        self.records: list[Record] = []
        self._stamp = stamp
        self._grown = asyncio.Event()

    async def begin(self) -> int:
        """See the port."""
        return 0

    async def begun(self) -> int:
        """See the port."""
        return 0

    async def end(self) -> int:
        """See the port."""
        return len(self.records)

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        """See the port."""
        if offset > len(self.records):
            raise OffsetGone(f"offset {offset} of {len(self.records)}")
        if offset == len(self.records) and wait_s > 0:
            self._grown.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._grown.wait()
            except TimeoutError:
                return []
        return self.records[offset : offset + most]

    async def open_writer(self) -> MemoryLogWriter:
        """See the port."""
        return MemoryLogWriter(self)

    async def close(self) -> None:
        """Nothing to release."""

    def put(self, values: Sequence[bytes]) -> int:
        """Append at once; the offset of the first."""
        first = len(self.records)
        self.records.extend(Record(first + i, self._stamp(), value) for i, value in enumerate(values))
        self._grown.set()
        return first


class MemoryLogWriter:
    """A writer of the list."""

    def __init__(self, log: MemoryEventLog) -> None:
        self._log = log
        self._open = True

    async def append(self, values: Sequence[bytes]) -> int:
        """See the port."""
        if not self._open:
            raise AppendUnknown("this writer is closed")
        await asyncio.sleep(0)
        return self._log.put(values)

    async def close(self) -> None:
        """See the port."""
        self._open = False

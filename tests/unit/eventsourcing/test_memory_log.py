"""What the in-memory log says when it does not do what it was asked."""

from __future__ import annotations

import pytest

from services.eventsourcing.memory_event_log import MemoryEventLog
from services.eventsourcing.ports import AppendUnknown, OffsetGone


async def test_a_writer_that_was_closed_appends_nothing() -> None:
    log = MemoryEventLog()
    writer = await log.open_writer()
    await writer.close()
    with pytest.raises(AppendUnknown, match=r"^this writer is closed$"):
        await writer.append([b"x"])
    assert await log.end() == 0


async def test_who_reads_behind_the_end_is_told_where_it_is() -> None:
    with pytest.raises(OffsetGone, match="offset 1 of 0"):
        await MemoryEventLog().read(1, most=1, wait_s=0)

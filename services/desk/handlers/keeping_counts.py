"""Keeps what the receivers count of each line and minute: whole counts, as they change, run by run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.desk.ports import ReceiversByLine, SocketCounts

LOOK_SECONDS = 1.0


async def keep_counts(receivers: ReceiversByLine, counts: SocketCounts, now_us: Callable[[], int]) -> None:
    """Until one of them is away; while the receivers are, nothing is known of now."""
    run, number = await counts.newest_run()
    since = await counts.doubted()
    while True:
        read = await receivers.counted_by_line(run, number)
        another = read is not None and read.run != run
        if read is not None and (read.lines or another):
            await counts.write_sockets(read, now_us())
            number = max((one.number for one in read.lines), default=0 if another else number)
            run = read.run
        unsure = read is None or read.spooled > 0
        if another or unsure != (since is not None):
            since = (since or now_us()) if unsure else None
            await counts.doubt(since)
        if read is None or not read.more:
            await asyncio.sleep(LOOK_SECONDS)

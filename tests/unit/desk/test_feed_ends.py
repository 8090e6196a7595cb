"""A feed that is told to end ends, whatever arrives in the same moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from services.desk.domain.feed_board import Board
from services.desk.feed import Feed
from services.picture.alarm_view import Views
from services.runtime.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_decision_that_comes_while_it_is_told_to_end_does_not_keep_it(tmp_path: Path) -> None:
    nobody: Any = None
    feed = Feed(Settings(data_dir=tmp_path), nobody, Board(Views(), {}), nobody, events="events")
    ticking = asyncio.ensure_future(feed.tick())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    feed._came.set()
    await asyncio.sleep(0)
    ticking.cancel()
    await asyncio.wait({ticking}, timeout=1)
    ended = ticking.done()
    ticking.cancel()
    assert ended

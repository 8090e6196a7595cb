"""A feed that is told to end ends, whatever arrives in the same moment."""

from __future__ import annotations

import asyncio
from typing import Any

from services.desk.adapters.feed_audience import Audience
from services.desk.domain.feed_board import Board
from services.desk.feed import Around, Feed
from services.picture.alarm_view import Views
from services.runtime.clock import now_us


async def test_a_decision_that_comes_while_it_is_told_to_end_does_not_keep_it() -> None:
    nobody: Any = None
    board = Board(Views(), {})
    feed = Feed(board, Audience(board, "run"), Around(nobody, nobody, nobody, nobody, nobody, nobody, now_us))
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

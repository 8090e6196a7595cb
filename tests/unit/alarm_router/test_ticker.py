"""When a tick is sent, on a loop whose time is virtual."""

from __future__ import annotations

import asyncio

from services.alarm_router.handlers.ticker import AGAIN_S, LATE_US, Ticker
from services.contracts.codec import decode_inbox
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.simulation.loop import run
from tests.unit.alarm_router.saying import NOW

HOUR_US, IDLE_S = 3_600_000_000, 1.0
DUE = [(NOW, "alarm", "a")]
LATER = [(NOW + HOUR_US, "alarm", "b")]


def ticker(clock_us: int) -> tuple[Ticker, MemoryEventLog]:
    """It, and the inbox that it writes to."""
    inbox = MemoryEventLog()
    return Ticker(inbox, lambda: clock_us), inbox


def test_a_deadline_that_is_due_has_one_tick_under_way() -> None:
    async def waiting() -> None:
        asks, inbox = ticker(NOW + LATE_US)
        for _ in range(3):
            assert await asks.wait(DUE, NOW, decided=0, most_s=IDLE_S) == IDLE_S
        assert [decode_inbox(one.value).sent_at for one in inbox.records] == [NOW + LATE_US]

    run(waiting())


def test_the_next_is_sent_at_once_while_ticks_get_on() -> None:
    async def waiting() -> None:
        asks, inbox = ticker(NOW + LATE_US)
        for decided in range(3):
            await asks.wait([(NOW - 3 + decided, "alarm", "a")], NOW, decided=decided, most_s=IDLE_S)
        assert len(inbox.records) == 3

    run(waiting())


def test_where_only_this_clock_says_that_a_deadline_is_due_ticks_do_not_follow_each_other_at_once() -> None:
    async def waiting() -> None:
        asks, inbox = ticker(NOW + 2 * HOUR_US)
        while (now := asyncio.get_running_loop().time()) < 10 * AGAIN_S:
            wait_s = await asks.wait(LATER, NOW, decided=len(inbox.records), most_s=IDLE_S)
            assert len(inbox.records) <= 1 + now / AGAIN_S
            await asyncio.sleep(min(wait_s, AGAIN_S / 5))  # something else comes
        assert len(inbox.records) == 10

    run(waiting())


def test_a_clock_that_is_behind_keeps_no_deadline_that_is_over_by_what_was_decided() -> None:
    async def waiting() -> None:
        asks, inbox = ticker(NOW - HOUR_US)
        assert await asks.wait(DUE, NOW - HOUR_US, decided=0, most_s=IDLE_S) == IDLE_S
        assert not inbox.records
        await asks.wait(DUE, NOW + LATE_US, decided=0, most_s=IDLE_S)
        assert len(inbox.records) == 1

    run(waiting())

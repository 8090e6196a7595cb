"""A partition that stopped goes on behind what it cannot decide, by the word of two persons."""

from __future__ import annotations

import pytest

from services.alarm_router.bootstrap import genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.mending import MOST, Mended, NotMended, Order, Passed, mend
from services.contracts import directory as d
from services.contracts.codec import decode_decision, digest, encode
from services.contracts.envelope import Decision, LogMended, Skipped, Tick
from services.eventsourcing.memory_event_log import MemoryEventLog, MemoryLogWriter
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from tests.unit.alarm_router.saying import BUREAU, DAY, LOG_ID, MINUTE, NOW, SITE, Desk

LATER = b'{"type":"later.v9","subject":"site-a"}'
TWO = ("zhao", "admin")


class Stopped:
    """A partition whose worker stopped. `stamp`: the broker's time of the inbox."""

    def __init__(self, *inbox: bytes, decided: int = 0) -> None:
        """`decided`: how many of the inbox were."""
        self.stamp = NOW
        self.inbox = MemoryEventLog(lambda: self.stamp)
        self.events = MemoryEventLog(lambda: NOW)
        self.events.put([encode(genesis(0, LOG_ID, NOW, "1.0"))])
        self.inbox.put(inbox)
        owned = self.folded()
        for record in self.inbox.records[:decided]:
            value = owned.decide(record)
            assert value is not None
            self.events.put([value])

    def folded(self) -> Partition[State]:
        """What anybody who reads the log knows."""
        owned = Partition(AlarmRouter(), 0, "1.0")
        for record in self.events.records:
            owned.fold(record)
        return owned

    async def mended(self, through: int | None = None, now: int = NOW) -> Mended:
        """Two persons mend."""
        order = Order(TWO, "老版本写入", through)
        return await mend(0, order, inbox=self.inbox, events=self.events, clock=lambda: now, code="1.0")

    def last(self) -> Decision:
        """The newest of the log."""
        return decode_decision(self.events.records[-1].value)


def signals(count: int) -> list[bytes]:
    desk = Desk()
    return [encode(desk.signal()) for _ in range(count)]


async def test_the_record_says_what_was_passed_over_by_whom_and_why() -> None:
    stopped = Stopped(*signals(2), LATER, decided=2)
    mended = await stopped.mended()
    decision = stopped.last()
    skipped = Skipped(offset=2, hash=digest(LATER), tag="later.v9")
    assert decision.events == (LogMended(skipped=(skipped,), reason="老版本写入", by=TWO),)
    assert (decision.lies_at, decision.source.offset, decision.source.hash) == (3, 2, digest(LATER))
    passed = Passed(
        offset=2, hash=digest(LATER).hex(), tag="later.v9", about="site-a", is_directory_change=False
    )
    assert mended == Mended(0, 3, (passed,))


async def test_whoever_folds_the_log_next_goes_on_behind_it() -> None:
    first, second = signals(2)
    stopped = Stopped(first, LATER, second, decided=1)
    await stopped.mended()
    owned = stopped.folded()
    assert owned.source.offset == 1
    assert owned.decide(stopped.inbox.records[2]) is not None


async def test_several_are_passed_over_at_once_when_that_is_said() -> None:
    stopped = Stopped(LATER, b'{"type":"later.v10"}', LATER)
    await stopped.mended(through=2)
    mended = stopped.last().events[0]
    assert isinstance(mended, LogMended)
    assert [(one.offset, one.tag) for one in mended.skipped] == [
        (0, "later.v9"),
        (1, "later.v10"),
        (2, "later.v9"),
    ]


async def test_ticks_in_which_nothing_is_due_keep_nobody_from_mending() -> None:
    tick = encode(Tick(sender="router", sent_at=NOW))
    behind = Stopped(tick, tick, LATER)
    assert [one.offset for one in (await behind.mended()).passed] == [2]
    between = Stopped(LATER, tick, LATER)
    assert [one.offset for one in (await between.mended(through=2)).passed] == [0, 1, 2]
    assert "nothing to mend" in await refused(Stopped(tick))


async def refused(stopped: Stopped, through: int | None = None) -> str:
    """Why nothing was mended; and nothing was."""
    before = list(stopped.events.records)
    with pytest.raises(NotMended) as why:
        await stopped.mended(through)
    assert stopped.events.records == before
    return str(why.value)


async def test_what_this_code_decides_is_not_passed_over() -> None:
    assert "nothing to mend" in await refused(Stopped(*signals(1)))


async def test_what_this_code_decides_is_not_passed_over_behind_what_it_does_not() -> None:
    why = await refused(Stopped(LATER, *signals(1), LATER), through=2)
    assert "mend through 0 first" in why


async def test_where_everything_was_decided_there_is_nothing_to_mend() -> None:
    assert "nothing to mend" in await refused(Stopped(*signals(2), decided=2))


@pytest.mark.parametrize("through", [0, 3])
async def test_only_what_waits_is_passed_over(through: int) -> None:
    assert "does not wait" in await refused(Stopped(*signals(1), LATER, LATER, decided=1), through)


async def test_there_is_a_limit_to_what_is_passed_over_at_once() -> None:
    why = await refused(Stopped(*[LATER] * (MOST + 2)), through=MOST)
    assert f"mend through {MOST - 1} first" in why


async def test_that_many_fit_into_one_decision_whatever_their_tags_are() -> None:
    hostile = encode({"type": "\x00" * 1000, "subject": "\x00" * 1000})
    stopped = Stopped(*[hostile] * MOST)
    assert len((await stopped.mended(through=MOST - 1)).passed) == MOST
    assert stopped.folded().source.offset == MOST - 1


async def test_a_log_that_was_altered_cannot_be_mended() -> None:
    stopped = Stopped(*signals(2), LATER, decided=2)
    record = stopped.events.records[1]
    stopped.events.records[1] = Record(1, NOW, record.value.replace(b'"code":"1.0"', b'"code":"1.1"'))
    assert "begin a new generation" in await refused(stopped)


async def test_an_inbox_that_was_altered_or_cut_cannot_be_mended() -> None:
    altered, cut = (Stopped(*signals(2), LATER, decided=2) for _ in range(2))
    altered.inbox.records[1] = Record(1, NOW, signals(1)[0])
    del cut.inbox.records[1:]
    for stopped in (altered, cut):
        assert "begin a new generation" in await refused(stopped)


async def test_a_log_of_newer_code_is_left_to_that_code() -> None:
    stopped = Stopped(LATER)
    stopped.events.put([b'{"type":"decision.v2"}'])
    assert "newer code" in await refused(stopped)


class Overtaken(MemoryEventLog):
    """Somebody else writes just before."""

    async def open_writer(self) -> MemoryLogWriter:
        """See the port."""
        self.put([self.records[0].value])
        return await super().open_writer()


async def test_who_is_overtaken_mends_nothing() -> None:
    stopped, overtaken = Stopped(LATER), Overtaken()
    overtaken.records = stopped.events.records
    stopped.events = overtaken
    with pytest.raises(NotMended, match="somebody else wrote"):
        await stopped.mended()
    assert stopped.folded().source.offset == -1


async def test_a_directory_change_that_is_passed_over_is_named() -> None:
    entry = d.SiteEntry(id=SITE, provider="p", site_class="key_unit", division="210102", bureau=BUREAU)
    change = encode(d.SiteSet(sender="registry", sent_at=NOW, position=1, site=entry))
    newer = change.replace(b"directory.site_set.v1", b"directory.site_set.v2")
    mended = await Stopped(newer).mended()
    assert [(one.about, one.is_directory_change) for one in mended.passed] == [(SITE, True)]


@pytest.mark.parametrize("junk", [b'{"type":"later.v9","site":3}', b'{"type":"later.v9","subject":[]}'])
async def test_of_a_record_of_another_shape_the_tag_is_named(junk: bytes) -> None:
    mended = await Stopped(junk).mended()
    assert [(one.tag, one.about) for one in mended.passed] == [("later.v9", "")]


async def test_a_stamp_far_ahead_of_the_persons_clock_is_not_believed() -> None:
    stopped = Stopped(*signals(1), decided=1)
    stopped.stamp = NOW + DAY
    stopped.inbox.put([LATER])
    await stopped.mended()
    assert stopped.last().time == NOW + MINUTE

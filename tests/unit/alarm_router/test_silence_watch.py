"""The shell around the watch: from digests to reports in the inbox, and over restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from services.alarm_router.adapters.memory_last_heard_book import MemoryLastHeardBook
from services.alarm_router.domain.silence import Silence, Supervised
from services.alarm_router.handlers import silence_watch as watching
from services.alarm_router.handlers.silence_watch import SilenceWatch
from services.contracts.codec import decode_inbox, encode
from services.contracts.envelope import InboxRecord
from services.contracts.liveness import HeardDigest, SystemHeard, SystemSilent
from services.eventsourcing.memory_event_log import MemoryEventLog, MemoryLogWriter
from services.eventsourcing.ports import Record

START = 1_800_000_000_000_000
SECOND = 1_000_000


class Place:
    """Logs, a book and a state, and a watch among them that can be killed."""

    def __init__(self) -> None:
        self.digests, self.inbox, self.book = MemoryEventLog(), MemoryEventLog(), MemoryLastHeardBook()
        self.silence: Silence | None = Silence()
        self.sequence = 0

    def supervise(self, line: str) -> None:
        assert self.silence is not None
        self.silence.supervised[line] = Supervised("site", "a", line, 3 * SECOND)
        self.silence.changes += 1
        self.silence.latest.append(line)

    def digest(self, *lines: str) -> None:
        """A second was received."""
        self.sequence += 1
        since = START + self.sequence * SECOND
        told = HeardDigest(
            run="run",
            sequence=self.sequence,
            since=since,
            until=since + SECOND,
            lines=lines,
            ago_ms=(0,) * len(lines),
        )
        self.digests.put([encode(told)])

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        watch = SilenceWatch(
            3,
            digests=self.digests,
            book=self.book,
            inbox=self.inbox,
            look=lambda: self.silence,
            clock=lambda: START,
        )
        task = asyncio.create_task(watch.run())
        try:
            await until(lambda: bool(self.book.chunks))
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def said(self) -> list[InboxRecord]:
        return [decode_inbox(record.value) for record in self.inbox.records]


async def until(held: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not held():
            await asyncio.sleep(0.005)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(watching, "WAIT_S", 0.02)
    monkeypatch.setattr(SilenceWatch, "save_every_s", 0.0)
    return Place()


def keeps(place: Place, *lines: str) -> Callable[[], bool]:
    """Whether the book knows these lines, and all digests so far."""
    ended = len(place.digests.records)
    return lambda: any(
        set(chunk.lines) == set(lines) and chunk.offset == ended for chunk in place.book.chunks
    )


async def test_silence_is_reported_until_it_is_decided_and_so_is_its_end(place: Place) -> None:
    assert place.silence is not None
    place.supervise("1")
    async with place.watched():
        place.digest("1")
        for _ in range(3):
            place.digest()
        await until(lambda: len(place.said()) == 1)
        (silent,) = place.said()
        assert isinstance(silent, SystemSilent)
        place.silence.silent["1"] = silent.last_heard_at
        place.digest("1")
        await until(lambda: len(place.said()) == 2)
        heard = place.said()[1]
        assert isinstance(heard, SystemHeard)
        del place.silence.silent["1"]
        place.digest("1")
        await until(keeps(place, "1"))
        assert len(place.said()) == 2


async def test_a_report_that_was_lost_is_said_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SAY_AGAIN_S", 0.05)
    place.supervise("1")
    async with place.watched():
        for _ in range(4):
            place.digest()
        await until(lambda: len(place.said()) >= 2)
    assert len({type(report) for report in place.said()}) == 1


async def test_a_watch_that_was_killed_goes_on_where_it_was(place: Place) -> None:
    place.supervise("1")
    async with place.watched():
        place.digest("1")
        place.digest()
        await until(keeps(place, "1"))
    place.digest()
    async with place.watched():
        await until(keeps(place, "1"))
    assert place.said() == []
    place.digest()
    async with place.watched():
        await until(lambda: len(place.said()) == 1)


class OneByOne(MemoryEventLog):
    """A log that brings less than it could, as a broker does whose records are large."""

    async def read(self, offset: int, *, most: int, wait_s: float) -> Sequence[Record]:
        return await super().read(offset, most=min(most, 1), wait_s=wait_s)


async def test_what_a_watch_reads_again_is_not_judged_before_it_stands_where_it_was(place: Place) -> None:
    assert place.silence is not None
    place.supervise("1")
    place.digests = OneByOne()
    async with place.watched():
        place.digest("1")
        await until(keeps(place, "1"))
        memory = place.book.chunks
        place.digest()
        place.digest("1")
        for _ in range(3):
            place.digest()
        await until(lambda: len(place.said()) == 1)
    (silent,) = place.said()
    assert isinstance(silent, SystemSilent)
    place.silence.silent["1"] = silent.last_heard_at
    place.book.chunks = memory
    async with place.watched():
        await until(keeps(place, "1"))
    assert place.said() == [silent]


async def test_what_it_keeps_first_knows_the_register(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SilenceWatch, "save_every_s", 3600.0)
    monkeypatch.setattr(watching, "MOST_READ", 1)
    place.supervise("1")
    for _ in range(3):
        place.digest()
    async with place.watched():
        pass
    assert [chunk.lines for chunk in place.book.chunks] == [("1",)]


async def test_while_nobody_owns_the_partition_nothing_is_reported(place: Place) -> None:
    place.supervise("1")
    async with place.watched():
        place.digest("1")
        await until(keeps(place, "1"))
        owned, place.silence = place.silence, None
        for _ in range(4):
            place.digest()
        await until(keeps(place, "1"))
        assert place.said() == []
        place.silence = owned
        await until(lambda: len(place.said()) == 1)


async def test_a_digest_that_cannot_be_read_is_passed_over(place: Place) -> None:
    place.supervise("1")
    async with place.watched():
        place.digest("1")
        await until(keeps(place, "1"))
        place.digests.put([b"{", b'{"type":"later.v9"}'])
        for _ in range(3):
            place.digest()
        await until(lambda: len(place.said()) == 1)


async def test_a_writer_is_opened_for_the_first_report_and_not_before(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    opening = place.inbox.open_writer

    async def open_writer() -> MemoryLogWriter:
        opened.append(1)
        return await opening()

    monkeypatch.setattr(place.inbox, "open_writer", open_writer)
    place.supervise("1")
    async with place.watched():
        place.digest("1")
        await until(keeps(place, "1"))
        assert not opened
        for _ in range(3):
            place.digest()
        await until(lambda: len(place.said()) == 1)
    assert len(opened) == 1

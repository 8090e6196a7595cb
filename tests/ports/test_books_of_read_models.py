"""Whoever keeps what the record says, alarms and reports or interruptions: the one in memory and PostgreSQL's.

What lies there is told from the record itself; how it is folded has its own tests.
"""

from __future__ import annotations

import itertools
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from copy import copy
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import asyncpg
import msgspec
import pytest

from services.contracts import alarm as a
from services.contracts import interruption as i
from services.contracts.codec import decode_decision, encode
from services.contracts.interruption import InterruptionView, WindowView
from services.desk.adapters.memory_interruptions import MemoryInterruptions, MemoryInterruptionWriter
from services.desk.adapters.memory_projection import MemoryDesk, MemoryProjection
from services.desk.adapters.postgres_interruptions import (
    Batch,
    InterruptionWriter,
    PostgresInterruptionWriter,
)
from services.desk.adapters.postgres_projection import PostgresProjection, Projection, Rows, load_board
from services.desk.domain.reading_place import Place
from services.eventsourcing.counting import Chain
from services.picture import alarm_view, interruption_view
from services.runtime.counting import Counted
from tests.upgrade import kept_record

Row: TypeAlias = tuple[str, int, int, int, int, str]
Writer: TypeAlias = Projection | InterruptionWriter
BATCH = 331
TAKEN = 2_648  # of the record's decisions: alarms and interruptions are archived by then


class Kept(NamedTuple):
    """All that a book holds. `known`: what a process that begins takes up; `ever`: the ids of all that there was.

    `rows`: the events; `more`: tickets and counts, of the book that has them.
    """

    known: dict[str, Any]
    ever: set[str]
    rows: Counter[Row]
    more: dict[Any, Any]
    places: dict[int, Place]


class Shelf(ABC):
    """A book and the place where it is kept."""

    @abstractmethod
    async def open(self) -> Writer:
        """As another process does, in the place of the one before."""

    @abstractmethod
    async def kept(self) -> Kept:
        """A look at it, past whoever writes."""


class MemoryAlarms(Shelf):
    def __init__(self) -> None:
        self.desk = MemoryDesk()

    async def open(self) -> Writer:
        return MemoryProjection(self.desk)

    async def kept(self) -> Kept:
        desk, board = self.desk, self.desk.board()
        tickets = {key: (row[2], *map(json.loads, row[3:5]), row[5]) for key, row in desk.tickets.items()}
        counts = {(run, what): count for run, one in desk.recorded.items() for what, count in one.items()}
        return Kept(
            {**board.views.alarms, **board.views.reports},
            {*desk.ever, *desk.reports},
            Counter(map(plain, desk.events)),
            {**tickets, **counts},
            board.places,
        )


class MemoryOfInterruptions(Shelf):
    def __init__(self) -> None:
        self.desk = MemoryInterruptions()

    async def open(self) -> Writer:
        return MemoryInterruptionWriter(self.desk)

    async def kept(self) -> Kept:
        known, ever = self.desk.known, self.desk.ever
        return Kept(
            {**known.interruptions, **known.windows},
            {*ever.interruptions, *ever.windows},
            Counter(map(plain, self.desk.events)),
            {},
            {at: copy(place) for at, place in self.desk.places.items()},
        )


class Postgres(Shelf):
    """`connections`: the first looks; each writer has its own."""

    def __init__(self, dsn: str, look: asyncpg.Connection[asyncpg.Record]) -> None:
        self.dsn, self.look = dsn, look
        self.writers: list[asyncpg.Connection[asyncpg.Record]] = []

    async def connect(self) -> asyncpg.Connection[asyncpg.Record]:
        while self.writers:
            await self.writers.pop().close()
        self.writers.append(await asyncpg.connect(self.dsn))
        return self.writers[0]

    async def rows(self, statement: str) -> Counter[Row]:
        return Counter(plain(tuple(row)) for row in await self.look.fetch(statement))


class PostgresAlarms(Postgres):
    async def open(self) -> Writer:
        return PostgresProjection(await self.connect())

    async def kept(self) -> Kept:
        board = await load_board(self.look)
        ever = await self.look.fetch("select id from desk_2.alarm union all select id from desk_2.escalation")
        tickets = await self.look.fetch("select * from desk_2.ticket")
        counts = await self.look.fetch("select * from desk_2.accounting")
        return Kept(
            {**board.views.alarms, **board.views.reports},
            {row[0] for row in ever},
            await self.rows("select * from desk_2.alarm_event"),
            {
                **{(row[0], row[1]): (row[2], *map(json.loads, row[3:5]), row[5]) for row in tickets},
                **{(row["run"], row["outcome"]): row["count"] for row in counts},
            },
            board.places,
        )


class PostgresOfInterruptions(Postgres):
    async def open(self) -> Writer:
        return PostgresInterruptionWriter(await self.connect())

    async def kept(self) -> Kept:
        known: dict[str, Any] = {}
        ever: set[str] = set()
        for table, kind in (("interruption", InterruptionView), ("maintenance_window", WindowView)):
            for row in await self.look.fetch(f"select * from desk_interruption_1.{table}"):
                ever.add(row["id"])
                if not row["archived"]:
                    known[row["id"]] = msgspec.json.decode(row["view"], type=kind)
        places = await self.look.fetch("select * from desk_interruption_1.position")
        return Kept(
            known,
            ever,
            await self.rows("select * from desk_interruption_1.event"),
            {},
            {row["partition"]: Place(*row) for row in places},
        )


def plain(row: Sequence[Any]) -> Row:
    """A row of an event, whatever blanks its JSON is written with."""
    about, partition, offset, index, time, event = row
    return about, partition, offset, index, time, json.dumps(json.loads(event), sort_keys=True)


class Said(NamedTuple):
    """What the record says, told from its beginning: that of `Kept` without the places."""

    known: dict[str, Any]
    ever: set[str]
    rows: Counter[Row]
    more: dict[Any, Any]


def alarms_of(record: Sequence[Counted]) -> Said:
    """Of alarms and reports."""
    views, ever, rows, more = (
        alarm_view.Views(alarms={}, reports={}),
        set[str](),
        Counter[Row](),
        dict[Any, Any](),
    )
    for one in record:
        at, decision = (one.partition, one.offset), one.decision
        views.take(alarm_view.changes(views, *at, decision))
        answered = (one.offset, said(decision.answer), said(decision.events), decision.time)
        if decision.id:
            more.setdefault((one.partition, decision.id), answered)
        for index, event in enumerate(decision.events):
            if isinstance(event, a.AlarmRaised):
                ever.add(event.alarm)
            if isinstance(event, a.AlarmEscalated):
                ever.add(event.escalation)
            if isinstance(event, a.SignalRecorded):
                key = (event.signal.run, event.outcome)
                more[key] = more.get(key, 0) + 1
            if about := getattr(event, "alarm", None):
                rows[plain((about, *at, index, decision.time, encode(event)))] += 1
    return Said({**views.alarms, **views.reports}, ever, rows, more)


def interruptions_of(record: Sequence[Counted]) -> Said:
    """Of interruptions and windows."""
    known, ever, rows = interruption_view.Interrupted({}, {}), set[str](), Counter[Row]()
    for one in record:
        at, decision = (one.partition, one.offset), one.decision
        known.take(interruption_view.changes(known, *at, decision))
        for index, event in enumerate(decision.events):
            if isinstance(event, i.InterruptionBegan):
                ever.add(event.interruption)
            if isinstance(event, i.MaintenanceWindowOpened):
                ever.add(event.window)
            for about in interruption_view.subject_ids(event):
                rows[plain((about, *at, index, decision.time, encode(event)))] += 1
    return Said({**known.interruptions, **known.windows}, ever, rows, {})


def said(value: object) -> Any:
    """As any reader of JSON has it."""
    return json.loads(encode(value))


@cache
def record() -> Sequence[Counted]:
    """Of a release, up to where things were archived."""
    chain, found = Chain(), []
    for one in newest().events[:TAKEN]:
        decision = chain.take(one)
        if decision is not None:
            found.append(Counted(0, one.offset, one.value, decision, chain.head))
    return found


@cache
def newest() -> kept_record.Kept:
    """The record of the newest release."""
    return kept_record.read(max(kept_record.KEPT.iterdir()))


def batches(taken: Sequence[Counted]) -> Iterator[Sequence[Counted]]:
    left = iter(taken)
    return iter(lambda: list(itertools.islice(left, BATCH)), [])


@pytest.fixture(params=["memory", "postgres"])
def where(request: pytest.FixtureRequest) -> str:
    """A database, or "" for memory."""
    return "" if request.param == "memory" else request.getfixturevalue("database")


BOOKS = {
    "alarms": (MemoryAlarms, PostgresAlarms),
    "interruptions": (MemoryOfInterruptions, PostgresOfInterruptions),
}
TELL = {"alarms": alarms_of, "interruptions": interruptions_of}


@pytest.fixture(params=list(BOOKS))
def what(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def shelf(where: str, what: str) -> AsyncIterator[Shelf]:
    memory, postgres = BOOKS[what]
    if not where:
        yield memory()
        return
    made = postgres(where, await asyncpg.connect(where))
    yield made
    for connection in (made.look, *made.writers):
        await connection.close()


async def begun(shelf: Shelf) -> tuple[Writer, dict[int, Place]]:
    """A process that reads on."""
    book = await shelf.open()
    return book, {0: Place(0)} | dict(await book.begin())


async def test_who_never_read_begins_at_the_beginning(shelf: Shelf) -> None:
    assert dict(await (await shelf.open()).begin()) == {}
    assert await shelf.kept() == Kept({}, set(), Counter(), {}, {})


async def test_what_was_taken_by_turns_is_what_the_record_says(shelf: Shelf, what: str) -> None:
    """Each batch by a process that has just begun, as after a crash."""
    for batch in batches(record()):
        book, places = await begun(shelf)
        await book.take(batch, places)
    kept, told = await shelf.kept(), TELL[what](record())
    assert kept[:4] == told
    assert kept.ever - kept.known.keys(), "nothing was archived"
    assert kept.places == {0: await in_one_go()}


async def in_one_go() -> Place:
    """Where a reader stands that never crashed."""
    place = Place(0)
    for one in record():
        place.move(one.offset, one.head, one.decision)
    return place


async def test_what_a_process_was_given_is_its_own(shelf: Shelf) -> None:
    book, places = await begun(shelf)
    await book.take(record()[:BATCH], places)
    places[0].offset = 9
    _, found = await begun(shelf)
    found[0].offset = 7
    _, again = await begun(shelf)
    assert again[0].offset == record()[BATCH - 1].offset


EMPTY: dict[str, Callable[[], tuple[Any, Any]]] = {
    "alarms": lambda: (Rows(), alarm_view.Views()),
    "interruptions": lambda: (Batch(), interruption_view.Interrupted()),
}


class Broken(Exception):
    """The process is killed here."""


def broken_off() -> Iterator[Place]:
    yield Place(0, 1)
    raise Broken


async def test_what_was_broken_off_is_not_there(shelf: Shelf, what: str) -> None:
    book, places = await begun(shelf)
    await book.take(record()[:BATCH], places)
    before = await shelf.kept()
    rows, known = EMPTY[what]()
    for one in record()[BATCH : 2 * BATCH]:
        rows.add(known, Place(0), one)
    with pytest.raises(Broken):
        await book.write(rows, broken_off())
    assert await shelf.kept() == before


async def test_a_command_that_came_twice_has_its_first_answer(shelf: Shelf, what: str) -> None:
    (first,) = itertools.islice((one for one in record() if one.decision.id and one.decision.events), 1)
    later = one_more(first, first.offset + 1, time=first.decision.time + 1)
    for batch in ([first], [later]):
        book, places = await begun(shelf)
        await book.take(batch, places)
    assert (await shelf.kept()).more == TELL[what]([first, later]).more


def one_more(one: Counted, offset: int, **changes: Any) -> Counted:
    """The same decision once more, elsewhere."""
    decision = msgspec.structs.replace(one.decision, lies_at=offset, **changes)
    return Counted(0, offset, encode(decision), decision, b"h" * 16)


async def test_a_nul_in_a_text_is_shown_as_what_cannot_be_read(shelf: Shelf, what: str) -> None:
    found = next(one for one in record() if TELL[what]([one]).rows)
    text = found.value.replace(b'"account":"', b'"account":"\\u0000')
    assert text != found.value
    odd = Counted(0, found.offset, text, decode_decision(text), found.head)
    book, places = await begun(shelf)
    await book.take([odd], places)
    shown = text.replace(b"\\u0000", "\ufffd".encode())
    assert (await shelf.kept())[:4] == TELL[what](
        [Counted(0, odd.offset, shown, decode_decision(shown), odd.head)]
    )

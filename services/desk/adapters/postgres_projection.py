"""Read models in PostgreSQL: what a batch changed and how far it goes, in one transaction (design, 3.10).

Rows are copied into temporary tables and merged from there. One projector writes: it holds an advisory lock on
the very connection that writes, so a second one, or one that lost its connection, cannot (`book_reader`).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from services.contracts.alarm import SignalRecorded
from services.contracts.codec import decode_decision
from services.contracts.views import AlarmView, EscalationView
from services.desk.domain.feed_board import Board
from services.desk.domain.reading_place import Place, moved
from services.picture.alarm_view import Changed, Report, Views, changes
from services.runtime.postgres_pool import LOAD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.contracts.envelope import Decision, Event
    from services.runtime.counting import Counted

_TABLES = ("alarm", "escalation", "alarm_event", "ticket")
_KEYS = {"alarm": "id", "escalation": "id"}
_PLACE = """
insert into desk_2.position (partition, "offset", head, log_id, source, decided_at, last_signal_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (partition) do update set "offset" = excluded."offset", head = excluded.head,
    log_id = excluded.log_id, source = excluded.source, decided_at = excluded.decided_at,
    last_signal_at = excluded.last_signal_at
"""


_ACCOUNT = """
insert into desk_2.accounting as now (run, outcome, count) values ($1, $2, $3)
on conflict (run, outcome) do update set count = now.count + excluded.count
"""


class Rows(msgspec.Struct):
    """What one batch writes. Alarms and escalations: the newest view of each; tickets: the first of each id."""

    changed: Changed = msgspec.field(default_factory=Changed)
    events: list[tuple[Any, ...]] = []
    tickets: dict[tuple[int, str], tuple[Any, ...]] = {}
    accounted: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)

    def add(self, views: Views, place: Place, counted: Counted) -> None:
        """Fold one decision into the views, the place and these rows."""
        decision, at = storable(counted), (counted.partition, counted.offset)
        changed = changes(views, *at, decision)
        views.take(changed)
        place.move(counted.offset, counted.head, decision)
        self.changed.alarms.update(changed.alarms)
        self.changed.reports.update(changed.reports)
        self.changed.archived += changed.archived
        self.events += _event_rows(at, decision)
        self.accounted.update(
            (event.signal.run, event.outcome)
            for event in decision.events
            if isinstance(event, SignalRecorded)
        )
        if decision.id:
            row = (*at[:1], decision.id, at[1], _json(decision.answer), _json(decision.events), decision.time)
            self.tickets.setdefault((counted.partition, decision.id), row)


class Projection(ABC):
    """`Book` of alarms and reports but for where it is kept. `begin` makes known what is kept."""

    name = "desk"
    lock = 7_311_101

    def __init__(self) -> None:
        """Nothing is known."""
        self._views = Views()

    @abstractmethod
    async def begin(self) -> Mapping[int, Place]:
        """See `Book`."""

    async def take(self, batch: Sequence[Counted], places: Mapping[int, Place]) -> None:
        """See `Book`."""
        rows = Rows()
        for counted in batch:
            rows.add(self._views, places[counted.partition], counted)
        await self.write(rows, moved(places, batch))

    @abstractmethod
    async def write(self, rows: Rows, places: Iterable[Place]) -> None:
        """All of it or nothing."""


class PostgresProjection(Projection):
    """The one writer of schema desk_2: the book of alarms and reports."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """`connection`: its own, not from a pool."""
        super().__init__()
        self._connection = connection

    async def begin(self) -> Mapping[int, Place]:
        """See `Book`. Makes the temporary tables as well."""
        for table in _TABLES:
            await self._connection.execute(
                f"create temp table new_{table} (like desk_2.{table}) on commit delete rows"
            )
        board = await load_board(self._connection)
        self._views = board.views
        return board.places

    async def write(self, rows: Rows, places: Iterable[Place]) -> None:
        """All of it or nothing."""
        async with self._connection.transaction():
            await self._merge("alarm", [_alarm_row(view) for view in rows.changed.alarms.values()])
            await self._merge("escalation", [_report_row(report) for report in rows.changed.reports.values()])
            await self._merge("ticket", list(rows.tickets.values()))
            await self._copy('desk_2."alarm_event"', rows.events)
            await self._archive(rows.changed.archived)
            counted = [(*key, count) for key, count in rows.accounted.items()]
            await self._connection.executemany(_ACCOUNT, counted)
            await self._connection.executemany(_PLACE, [msgspec.structs.astuple(place) for place in places])

    async def _archive(self, alarms: list[str]) -> None:
        if alarms:
            await self._connection.execute(
                "update desk_2.alarm set archived = true where id = any($1)", alarms
            )
            await self._connection.execute(
                "update desk_2.escalation set archived = true where alarm = any($1)", alarms
            )

    async def _merge(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        await self._copy(f"new_{table}", rows)
        await self._connection.execute(await self._merging(table))

    async def _merging(self, table: str) -> str:
        insert = f"insert into desk_2.{table} select * from new_{table} on conflict"  # noqa: S608 - tables are words of this module
        key = _KEYS.get(table)
        if key is None:
            return f"{insert} do nothing"
        names = await self._connection.fetch(
            "select attname from pg_attribute where attrelid = $1::text::regclass and attnum > 0",
            f"desk_2.{table}",
        )
        sets = ", ".join(
            f"{row['attname']} = excluded.{row['attname']}" for row in names if row["attname"] != key
        )
        return f"{insert} ({key}) do update set {sets}"

    async def _copy(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        schema, _, name = table.replace('"', "").rpartition(".")
        await self._connection.copy_records_to_table(name, schema_name=schema or None, records=rows)


async def load_board(connection: asyncpg.Connection[asyncpg.Record]) -> Board:
    """What is not archived, the places it stands for and what was counted; one snapshot of the database."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        alarms = await connection.fetch(
            "select view::text as view from desk_2.alarm where not archived", timeout=LOAD_SECONDS
        )
        reports = await connection.fetch(
            "select view::text as view, provider from desk_2.escalation where not archived",
            timeout=LOAD_SECONDS,
        )
        places = await load_places(connection)
        counted = await connection.fetch("select run, outcome, count from desk_2.accounting")
    views = Views(
        alarms={view.id: view for view in (_ALARM.decode(row["view"]) for row in alarms)},
        reports={
            r.view.id: r
            for r in (Report(_ESCALATION.decode(row["view"]), row["provider"]) for row in reports)
        },
    )
    recorded: dict[str, Counter[str]] = {}
    for row in counted:
        recorded.setdefault(row["run"], Counter())[row["outcome"]] = row["count"]
    return Board(views, places, recorded)


async def load_places(connection: asyncpg.Connection[asyncpg.Record]) -> dict[int, Place]:
    """How far the read models go, by partition."""
    rows = await connection.fetch("select * from desk_2.position")
    return {row["partition"]: Place(*row) for row in rows}


_ALARM = msgspec.json.Decoder(AlarmView)
_ESCALATION = msgspec.json.Decoder(EscalationView)


_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")  # not behind a backslash that is one itself


def storable(counted: Counted) -> Decision:
    """PostgreSQL takes no NUL in a text: it is shown as what cannot be read. The record keeps it."""
    if b"\\u0000" not in counted.value:
        return counted.decision
    return decode_decision(_NUL.sub(rb"\1\\ufffd", counted.value))


def _alarm_row(view: AlarmView) -> tuple[Any, ...]:
    return (
        view.id,
        view.partition,
        view.number,
        view.account,
        view.site,
        view.state,
        view.priority,
        view.raised_at,
        view.provider,
        view.bureau,
        False,
        _json(view),
    )


def _report_row(report: Report) -> tuple[Any, ...]:
    view = report.view
    return (
        view.id,
        view.alarm,
        report.provider,
        view.bureau,
        view.state,
        view.escalated_at,
        False,
        _json(view),
    )


def _event_rows(at: tuple[int, int], decision: Decision) -> list[tuple[Any, ...]]:
    return [
        (alarm, *at, index, decision.time, _json(event))
        for index, event in enumerate(decision.events)
        if (alarm := _alarm_of(event))
    ]


def _alarm_of(event: Event) -> str | None:
    return getattr(event, "alarm", None)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()

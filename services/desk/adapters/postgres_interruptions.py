"""Schema desk_interruption_1: one writer, which holds an advisory lock, and any number of readers.

A read model beside that of the alarms, with a position of its own: it is built again without them, and whatever it
does, no alarm waits for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import msgspec

from services.contracts.envelope import Event
from services.contracts.interruption import InterruptionView, WindowView
from services.desk.adapters.postgres_projection import storable
from services.desk.adapters.postgres_views import IN_SCOPE
from services.desk.domain.reading_place import Place, moved
from services.desk.ports import PastEvent
from services.picture.interruption_view import Interrupted, as_of, changes, subject_ids
from services.picture.why import Recorded
from services.runtime.postgres_pool import LOAD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import asyncpg

    from services.desk.ports import Asked
    from services.picture.visibility import Scope
    from services.runtime.counting import Counted

_SCHEMA = "desk_interruption_1"
_INTERRUPTION: msgspec.json.Decoder[InterruptionView] = msgspec.json.Decoder(InterruptionView)
_WINDOW: msgspec.json.Decoder[WindowView] = msgspec.json.Decoder(WindowView)
_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_PUT = """
insert into desk_interruption_1.interruption (id, site, provider, bureau, finding, restored, began_at, view)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do update set site = excluded.site, provider = excluded.provider, bureau = excluded.bureau,
    finding = excluded.finding, restored = excluded.restored, view = excluded.view
"""
_PUT_WINDOW = """
insert into desk_interruption_1.maintenance_window (id, site, provider, bureau, until_us, decided_at, view)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do update set until_us = excluded.until_us, view = excluded.view
"""
_PUT_EVENT = """
insert into desk_interruption_1.event (about, partition, "offset", index, time, event)
values ($1, $2, $3, $4, $5, $6)
"""
_PUT_PLACE = """
insert into desk_interruption_1.position (partition, "offset", head, log_id, source, decided_at, last_signal_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (partition) do update set "offset" = excluded."offset", head = excluded.head,
    log_id = excluded.log_id, source = excluded.source, decided_at = excluded.decided_at,
    last_signal_at = excluded.last_signal_at
"""
_FOUND = f"""
select view::text from desk_interruption_1.interruption where {IN_SCOPE}
    and ($4::text is null or site = $4) and ($5::text is null or finding = $5)
    and ($6::boolean is null or restored = $6) and ($7::bigint is null or (began_at, id) < ($7, $8::text))
order by began_at desc, id desc limit $9
"""  # noqa: S608 - the scope's rule is a constant
_WINDOWS = f"""
select view::text from desk_interruption_1.maintenance_window where {IN_SCOPE} and ($4::text is null or site = $4)
    and ($5::bigint is null or (decided_at, id) < ($5, $6::text))
order by decided_at desc, id desc limit $7
"""  # noqa: S608 - the same


class Batch(msgspec.Struct):
    """What one batch of decisions changes."""

    changed: Interrupted = msgspec.field(default_factory=Interrupted)
    events: list[tuple[Any, ...]] = []

    def add(self, known: Interrupted, place: Place, counted: Counted) -> None:
        """Fold one decision into what is known, the place and these rows."""
        decision = storable(counted)
        changed = changes(known, counted.partition, counted.offset, decision)
        known.take(changed)
        place.move(counted.offset, counted.head, decision)
        self.changed.interruptions.update(changed.interruptions)
        self.changed.windows.update(changed.windows)
        self.changed.archived += changed.archived
        self.events += [
            (about, counted.partition, counted.offset, index, decision.time, _json(event))
            for index, event in enumerate(decision.events)
            for about in subject_ids(event)
        ]


class InterruptionWriter(ABC):
    """`Book` but for where it is kept. `begin` makes known what is kept."""

    name = "interruptions"
    lock = 7_311_103

    def __init__(self) -> None:
        """Nothing is known."""
        self._known = Interrupted()

    @abstractmethod
    async def begin(self) -> Mapping[int, Place]:
        """See `Book`."""

    async def take(self, batch: Sequence[Counted], places: Mapping[int, Place]) -> None:
        """See `Book`."""
        changes = Batch()
        for counted in batch:
            changes.add(self._known, places[counted.partition], counted)
        await self.write(changes, moved(places, batch))

    @abstractmethod
    async def write(self, batch: Batch, places: Iterable[Place]) -> None:
        """All of it or nothing."""


class PostgresInterruptionWriter(InterruptionWriter):
    """The one writer, which holds the lock (`book_reader`)."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """`connection`: its own, not from a pool."""
        super().__init__()
        self._connection = connection

    async def begin(self) -> Mapping[int, Place]:
        """See `Book`."""
        places = await self._connection.fetch(f"select * from {_SCHEMA}.position")  # noqa: S608 - a word of this module
        held = [_INTERRUPTION.decode(view) for view in await self._kept("interruption")]
        windows = [_WINDOW.decode(view) for view in await self._kept("maintenance_window")]
        self._known = Interrupted({one.id: one for one in held}, {one.id: one for one in windows})
        return {row["partition"]: Place(*row) for row in places}

    async def write(self, batch: Batch, places: Iterable[Place]) -> None:
        """All of it or nothing."""
        changed = batch.changed
        async with self._connection.transaction():
            await self._connection.executemany(_PUT, [_row(view) for view in changed.interruptions.values()])
            await self._connection.executemany(
                _PUT_WINDOW, [_window_row(v) for v in changed.windows.values()]
            )
            await self._connection.executemany(_PUT_EVENT, batch.events)
            for table in ("interruption", "maintenance_window"):
                archive = f"update {_SCHEMA}.{table} set archived = true where id = any($1)"  # noqa: S608 - words of this module
                await self._connection.execute(archive, changed.archived)
            await self._connection.executemany(_PUT_PLACE, [msgspec.structs.astuple(one) for one in places])

    async def _kept(self, table: str) -> list[str]:
        rows = await self._connection.fetch(
            f"select view::text from {_SCHEMA}.{table} where not archived",  # noqa: S608 - words of this module
            timeout=LOAD_SECONDS,
        )
        return [row[0] for row in rows]


class PostgresInterruptions:
    """`InterruptionViews` on PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """`pool`: not owned."""
        self._pool = pool

    async def interruptions(self, scope: Scope, asked: Asked) -> Sequence[InterruptionView]:
        """See the port."""
        if asked.at is not None:
            return await self._as_of(scope, asked, asked.at)
        values = (asked.site, asked.finding, asked.restored, *(asked.after or (None, None)), asked.limit)
        rows = await self._pool.fetch(_FOUND, scope.everything, scope.provider, scope.bureau, *values)
        return [_INTERRUPTION.decode(row[0]) for row in rows]

    async def _as_of(self, scope: Scope, asked: Asked, at: int) -> Sequence[InterruptionView]:
        """Page by page, since only the fold says which of them were then as they are asked for."""
        after, found = asked.after or (at + 1, ""), list[InterruptionView]()
        while len(found) < asked.limit:
            values = (asked.site, None, None, *after, asked.limit)
            rows = await self._pool.fetch(_FOUND, scope.everything, scope.provider, scope.bureau, *values)
            page = [_INTERRUPTION.decode(row[0]) for row in rows]
            then = as_of(await self._past(page), at).interruptions
            found += [view for one in page if _fits(view := then[one.id], asked)]
            if len(page) < asked.limit:
                break
            after = (page[-1].began_at, page[-1].id)
        return found[: asked.limit]

    async def _past(self, views: Sequence[InterruptionView]) -> Sequence[Recorded]:
        """All events of these, and of the windows that were entered afterwards for them."""
        about = {name for view in views for fact in view.facts for name in (view.id, *fact.afterwards)}
        rows = await self._pool.fetch(
            'select partition, "offset", time, event::text as event from desk_interruption_1.event '
            'where about = any($1) order by partition, "offset", index',
            list(about),
        )
        return [Recorded(row[0], row[1], row[2], _EVENT.decode(row[3])) for row in rows]

    async def interruption(self, interruption: str) -> InterruptionView | None:
        """See the port."""
        view = await self._pool.fetchval(
            "select view::text from desk_interruption_1.interruption where id = $1", interruption
        )
        return None if view is None else _INTERRUPTION.decode(view)

    async def windows(self, scope: Scope, asked: Asked) -> Sequence[WindowView]:
        """See the port."""
        values = (asked.site, *(asked.after or (None, None)), asked.limit)
        rows = await self._pool.fetch(_WINDOWS, scope.everything, scope.provider, scope.bureau, *values)
        return [_WINDOW.decode(row[0]) for row in rows]

    async def window(self, window: str) -> WindowView | None:
        """See the port."""
        view = await self._pool.fetchval(
            "select view::text from desk_interruption_1.maintenance_window where id = $1", window
        )
        return None if view is None else _WINDOW.decode(view)

    async def windows_named(self, windows: Iterable[str]) -> Sequence[WindowView]:
        """See the port."""
        rows = await self._pool.fetch(
            "select view::text from desk_interruption_1.maintenance_window where id = any($1) order by decided_at",
            list(set(windows)),
        )
        return [_WINDOW.decode(row[0]) for row in rows]

    async def events(self, about: str) -> Sequence[PastEvent]:
        """See the port."""
        rows = await self._pool.fetch(
            'select partition, "offset", time, event::text as event from desk_interruption_1.event '
            'where about = $1 order by "offset", index',
            about,
        )
        return [PastEvent(row[0], row[1], row[2], _EVENT.decode(row[3])) for row in rows]

    async def reached(self) -> Mapping[int, int]:
        """See the port."""
        rows = await self._pool.fetch('select partition, "offset" from desk_interruption_1.position')
        return {row[0]: row[1] for row in rows}


def _finding(view: InterruptionView) -> str:
    return "settling" if view.judged is None else view.judged.finding


def _fits(view: InterruptionView, asked: Asked) -> bool:
    """What `_FOUND` asks of a row, of a view that is none."""
    restored = view.restored_at is not None
    return asked.finding in {None, _finding(view)} and asked.restored in {None, restored}


def _row(view: InterruptionView) -> tuple[Any, ...]:
    restored = view.restored_at is not None
    return (
        view.id,
        view.site,
        view.provider,
        view.bureau,
        _finding(view),
        restored,
        view.began_at,
        _json(view),
    )


def _window_row(view: WindowView) -> tuple[Any, ...]:
    until = view.until_us if view.ended_at is None else min(view.until_us, view.ended_at)
    return view.id, view.site, view.provider, view.bureau, until, view.decided_at, _json(view)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()

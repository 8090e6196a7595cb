"""The read models in memory, as the projector writes them, whole or not at all: for tests and simulation."""

from __future__ import annotations

from collections import Counter
from copy import copy
from typing import TYPE_CHECKING, Any

from services.desk.adapters.postgres_projection import Projection
from services.desk.domain.feed_board import Board
from services.picture.alarm_view import Report, Views

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.contracts.views import AlarmView
    from services.desk.adapters.postgres_projection import Rows
    from services.desk.domain.reading_place import Place


class MemoryDesk:
    """What is kept. `reports`: all there ever were, archived or not; `tickets`: the first row of each id.

    `recorded`: signals by the receiver's run and what they came to; `ever`: alarms archived or not; `events`: rows of
    what happened to alarms, as they were written.
    """

    def __init__(self) -> None:
        """Nothing was projected."""
        self.views = Views(alarms={}, reports={})
        self.places: dict[int, Place] = {}
        self.reports: dict[str, Report] = {}
        self.tickets: dict[tuple[int, str], tuple[Any, ...]] = {}
        self.recorded: dict[str, Counter[str]] = {}
        self.ever: dict[str, AlarmView] = {}
        self.events: list[tuple[Any, ...]] = []

    def board(self) -> Board:
        """What a feed begins with, as `load_board` reads it."""
        views = Views(alarms=dict(self.views.alarms), reports=dict(self.views.reports))
        places = {partition: copy(place) for partition, place in self.places.items()}
        return Board(views, places, {run: Counter(counts) for run, counts in self.recorded.items()})


class MemoryProjection(Projection):
    """`Book` in memory: one writer of a desk."""

    def __init__(self, desk: MemoryDesk) -> None:
        """`desk`: outlives its writers."""
        super().__init__()
        self._desk = desk

    async def begin(self) -> Mapping[int, Place]:
        """See `Book`."""
        board = self._desk.board()
        self._views = board.views
        return board.places

    async def write(self, rows: Rows, places: Iterable[Place]) -> None:
        """All of it or nothing."""
        desk, moved = self._desk, {place.partition: copy(place) for place in places}
        desk.views.take(rows.changed)
        desk.ever |= rows.changed.alarms
        desk.reports |= rows.changed.reports
        desk.events += rows.events
        for key, row in rows.tickets.items():
            desk.tickets.setdefault(key, row)
        for (run, outcome), count in rows.accounted.items():
            desk.recorded.setdefault(run, Counter())[outcome] += count
        desk.places |= moved

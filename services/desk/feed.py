"""The live desk: follows the record and the inbox, and tells every screen what it may see.

The state in memory starts from the read models and follows the log from there, so a restart skips nothing. While
PostgreSQL is away the screens stay alive on what is in memory; while Kafka is away the beat says how far behind.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import structlog
from aiokafka.errors import KafkaError

from services.contracts.alarm import SignalRecorded
from services.desk.domain.accounting import Books
from services.desk.domain.feed_board import Lanes
from services.desk.domain.reading_place import chains_of
from services.desk.handlers.looking import opened_notes
from services.picture.names import Reading, SiteName
from services.picture.notes import sealed_notes
from services.picture.undecided import Undecided
from services.runtime.postgres_pool import POSTGRES_AWAY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence

    from services.contracts.views import Accounting, AlarmView, EscalationView
    from services.desk.adapters.feed_audience import Audience
    from services.desk.domain.feed_board import Board
    from services.desk.ports import FollowedInbox, Names, Opening, Receivers, Sessions
    from services.runtime import counting
    from services.runtime.counting import Counted

TICK_SECONDS = 0.05
LANES_SECONDS = 0.25
BEAT_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 10.0
AGAIN_SECONDS = 0.3
NAMES_SECONDS = 60.0
LEARN_SECONDS = 1.0
NOT_AGAIN_US = 2_000_000
READ_AHEAD = 20_000
SESSION_ENDED = 4401
T = TypeVar("T")
_log = structlog.get_logger()


class Around(NamedTuple):
    """What the feed asks. `record`: how counting decisions are read; `now_us`: its clock."""

    record: counting.Reading
    inbox: FollowedInbox
    names: Names
    vault: Opening
    sessions: Sessions
    receivers: Receivers
    now_us: Callable[[], int]


class Feed:
    """What is known, and what was decided since the last tick."""

    def __init__(self, board: Board, audience: Audience, around: Around) -> None:
        """`board` as loaded, of this `audience`; the inbox `around` on its places."""
        self._board, self.audience, self._around = board, audience, around
        self._watch, self._now_us = around.inbox, around.now_us
        self._books = Books()
        self._accounting: Accounting | None = None
        self._read: list[Counted] = []
        self._came = asyncio.Event()
        self._names: dict[str, SiteName] = {}
        self._known: set[str] = set()
        self._notes: dict[str, str] = {}
        self._owed: dict[str, AlarmView | EscalationView] = {}  # shown without what nobody could tell
        self._ask_after = 0
        self._reading = False

    @property
    def reading(self) -> bool:
        """Whether the record and the inbox are being followed."""
        return self._reading and self._watch.following

    def works(self) -> list[Coroutine[Any, Any, None]]:
        """All that runs beside the listening."""
        return [
            self.follow(),
            self._watch.follow(),
            self.tick(),
            self.lanes(),
            self.beat(),
            self.account(),
            self.look_again(),
            self.forget_names(),
        ]

    async def follow(self) -> None:
        """Read the log for ever. Raises `LogBroken` or `Unreadable`: a person must look."""
        chains = chains_of(self._board.places)
        while True:
            try:
                async with contextlib.aclosing(self._around.record(chains)) as batches:
                    async for batch in batches:
                        self._reading = True
                        self._take(batch)
                        while len(self._read) > READ_AHEAD:
                            await asyncio.sleep(TICK_SECONDS)
            except (KafkaError, OSError) as error:
                self._reading = False
                _log.warning("feed.again", error=repr(error))
                await asyncio.sleep(AGAIN_SECONDS)

    async def tick(self) -> None:
        """Say at once what was decided after a pause, and in a rush what a tick gathers.

        Only here the board moves, so nothing is shown unsaid.
        """
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._came.wait()
            self._came.clear()
            await self._tell_what_is_owed()
            read, self._read = self._read, []
            taken = (self._board.take(one.partition, one.offset, one.head, one.decision) for one in read)
            happened = [one for one in taken if one is not None]
            views = [view for one in happened for view in one.views()]
            await self._learn([*views, *self.audience.prepare(self._now_us())])
            self.audience.say(happened, Reading(self._names, self._notes), self._now_us())
            if happened:
                await asyncio.sleep(TICK_SECONDS)

    async def lanes(self) -> None:
        """Show the raw signals of partitions that do not decide."""
        while True:
            await asyncio.sleep(LANES_SECONDS)
            stopped = self._watch.stopped(self._now_us())
            signals = {one.partition: self._watch.signals(one.partition) for one in stopped}
            await self._learn_sites({one.site for lane in signals.values() for one in lane})
            placed = {
                partition: tuple(Undecided.at(one, self._names.get(one.site)) for one in lane)
                for partition, lane in signals.items()
            }
            self.audience.say_lanes(Lanes(tuple(stopped), placed))

    async def beat(self) -> None:
        """Say every second that the screen is alive."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = self._now_us()
            self.audience.say_beat(now, self._watch.behind_us(now), self._accounting)

    async def account(self) -> None:
        """Compare every second what the sockets counted with what the record says; nothing while they are away."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            sockets = await self._around.receivers.counted()
            if sockets is None:
                self._accounting = None
                continue
            recorded = self._board.recorded.get(sockets.run, Counter())
            self._accounting = self._books.join(sockets, recorded, self._undecided(sockets.run))

    async def look_again(self) -> None:
        """Close what belongs to an ended session or to somebody whose roles changed."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            clients = self.audience.clients
            if not clients:
                continue
            try:
                people = await self._around.sessions.people({client.seat for client in clients})
            except POSTGRES_AWAY as error:
                _log.warning("feed.sessions_unknown", error=repr(error))
                continue
            ended = [client for client in clients if people.get(client.seat) != client.person]
            # Together: one that no longer answers must not keep the others in.
            await asyncio.gather(*(one.line.close(SESSION_ENDED, "session ended") for one in ended))

    async def forget_names(self) -> None:
        """Ask the register again now and then; what it said stays until it answers."""
        while True:
            await asyncio.sleep(NAMES_SECONDS)
            self._known.clear()
            self._notes.clear()

    def behind_us(self) -> int:
        """How long the record that waits longest for its decision has waited."""
        return self._watch.behind_us(self._now_us())

    def _take(self, batch: Sequence[Counted]) -> None:
        if batch:
            self._read += batch
            self._came.set()

    def _undecided(self, run: str) -> int:
        """Signals of a run that are appended and not folded here yet."""
        unread = sum(
            isinstance(event, SignalRecorded) and event.signal.run == run
            for one in self._read
            for event in one.decision.events
        )
        return self._watch.waiting_of(run) + unread

    async def _learn(self, views: Iterable[AlarmView | EscalationView]) -> None:
        """Names and notes of these views, as far as PostgreSQL tells; a frame never waits for it in vain."""
        views = list(views)
        sites = await self._learn_sites({view.site for view in views})
        notes = await self._learn_notes(views)
        if not (sites and notes):
            self._owed.update((view.id, view) for view in views)

    async def _tell_what_is_owed(self) -> None:
        """Once PostgreSQL tells again, everybody gets a fresh snapshot: no frame says a name alone."""
        if not self._owed or self._now_us() < self._ask_after:
            return
        owed, self._owed = self._owed, {}
        await self._learn(owed.values())
        if not self._owed:
            self.audience.begin_anew()

    async def _learn_sites(self, sites: set[str]) -> bool:
        """Whether it was told, if there was anything to ask."""
        unknown = sites - self._known
        if not unknown:
            return True
        found = await self._told(lambda: self._around.names.names(unknown))
        if found is None:
            return False
        self._names.update(found)
        self._known |= found.keys()
        return True

    async def _learn_notes(self, views: Sequence[AlarmView | EscalationView]) -> bool:
        """The same."""
        if all(text in self._notes for view in views for text in sealed_notes(view)):
            return True
        found = await self._told(lambda: opened_notes(self._around.vault, views, self._notes))
        if found is None:
            return False
        self._notes.update(found)
        return True

    async def _told(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """What PostgreSQL says; None: it says nothing now, and is left alone for a while."""
        if self._now_us() < self._ask_after:
            return None
        try:
            async with asyncio.timeout(LEARN_SECONDS):
                return await ask()
        except POSTGRES_AWAY as error:
            self._not_now(error)
            return None

    def _not_now(self, error: Exception) -> None:
        self._ask_after = self._now_us() + NOT_AGAIN_US
        _log.warning("feed.names_unknown", error=repr(error))

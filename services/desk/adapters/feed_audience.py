"""Everybody who watches the feed, and what each is told. Telling waits for nothing: what is said together leaves no gap."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec

from services.contracts.codec import digest
from services.contracts.views import Beat, Resumed
from services.desk.adapters.websocket_feed import Client, wire
from services.desk.domain.feed_board import Lanes, departs, frames, lane_frames
from services.desk.domain.feed_ring import Ring
from services.desk.ports import ScreenGone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from services.contracts.views import Accounting, AlarmView, EscalationView, FeedFrame, PartitionPosition
    from services.desk.domain.feed_board import Board, Happening, Sight
    from services.picture.names import Reading
    from services.picture.undecided import Undecided


class Audience:
    """The clients. A client is continued only with a picture that this process began, and that is of its sight.

    Each snapshot names its sight, and who comes back says that name: a session may have several screens, and what was
    told may not have arrived, so after a change of roles only the picture itself knows of which sight it is.
    """

    def __init__(self, board: Board, run: str, ring: type[Ring] = Ring) -> None:
        """`board`: as loaded; nothing was told yet. `run`: a name of this process that no other one has."""
        self._board, self._run = board, run
        told = {position.partition: position for position in board.positions()}
        self._ring = ring(told, board.newest())
        self._clients: dict[Client, None] = {}  # in the order in which they came
        self._due: set[Client] = set()
        self.lanes = Lanes()

    def __len__(self) -> int:
        return len(self._clients)

    @property
    def clients(self) -> list[Client]:
        """Everybody."""
        return list(self._clients)

    @property
    def told(self) -> dict[int, PartitionPosition]:
        """How far everybody was told, by partition."""
        return {position.partition: position for position in self._ring.told}

    def join(self, client: Client) -> None:
        """From now on it is told what happens."""
        if client.picture_of != self._name(client.sight):
            client.resume = ()
        self._clients[client] = None

    def leave(self, client: Client) -> None:
        """It is told no more."""
        self._clients.pop(client, None)

    async def attend(self, client: Client) -> None:
        """One client, until it leaves. What it says after its first words is read and ignored."""
        with contextlib.suppress(ScreenGone):
            try:
                await client.hear()
                self.join(client)
                while True:
                    await client.line.said()
            finally:
                self.leave(client)

    def begin_anew(self) -> None:
        """Everybody gets a fresh snapshot with the next `say`."""
        for client in self._clients:
            client.needs_first = True

    def prepare(self, now: int) -> list[AlarmView | EscalationView]:
        """What those will be shown who can be told everything with the next `say`: names and notes are wanted."""
        self._due = {client for client in self._clients if client.is_due}
        views: list[AlarmView | EscalationView] = []
        for sight in {client.sight for client in self._due}:
            alarms, escalations = self._board.shown(sight, now)
            views += alarms
            views += escalations
        for client in self._due:
            views += [view for one in self._ring.missed(client.resume) or () for view in one.views()]
        return views

    def say(self, happened: Sequence[Happening], reading: Reading, now: int) -> None:
        """Tell everybody what happened, and those who come or come back everything."""
        self._ring.add(happened, self._board.positions())
        changes: dict[Sight, bytes | None] = {}
        first: dict[Sight, bytes] = {}
        for client in self._clients:
            if client in self._due:
                client.begin(
                    self._missed(client, reading, now) or self._first(client.sight, reading, now, first)
                )
            elif happened and not client.needs_first:
                self._tell(client, happened, reading, changes)
        self._due = set()

    def say_lanes(self, lanes: Lanes) -> None:
        """Tell everybody which lanes have changed."""
        changed = lanes.changed(self.lanes)
        self.lanes = lanes
        if changed:
            self._broadcast(lambda sight: lane_frames(changed, sight))

    def say_beat(self, now: int, behind_us: int, accounting: Accounting | None) -> None:
        """The frame of every second. Positions: what everybody was told, never more. `behind_us`: the longest wait."""
        self._broadcast(
            lambda sight: [
                Beat(
                    at=now,
                    behind_ms=behind_us // 1000,
                    last_signal_at=self._board.last_signal_at(),
                    positions=self._ring.told,
                    stopped=self.lanes.stopped,
                    accounting=accounting if sight.accounting else None,
                )
            ]
        )

    def _tell(
        self,
        client: Client,
        happened: Sequence[Happening],
        reading: Reading,
        changes: dict[Sight, bytes | None],
    ) -> None:
        sight = client.sight
        if sight not in changes:
            gone = departs(happened, sight)
            changes[sight] = (
                None if gone else wire(f for one in happened for f in frames(one, sight, reading))
            )
        told = changes[sight]
        if told is None:
            client.needs_first = True
        elif told:
            client.write(told)

    def _missed(self, client: Client, reading: Reading, now: int) -> bytes | None:
        missed = self._ring.missed(client.resume) if client.resume else None
        if missed is None or departs(missed, client.sight):
            return None
        said: list[FeedFrame] = [Resumed(at=now)]
        for one in missed:
            said += frames(one, client.sight, reading)
        every: Mapping[int, Iterable[Undecided]] = dict.fromkeys(self._board.places, ())
        return wire([*said, *lane_frames({**every, **self.lanes.signals}, client.sight)])

    def _first(self, sight: Sight, reading: Reading, now: int, first: dict[Sight, bytes]) -> bytes:
        if sight not in first:
            first[sight] = wire([self._board.snapshot(sight, self._name(sight), reading, self.lanes, now)])
        return first[sight]

    def _name(self, sight: Sight) -> str:
        return f"{self._run}/{digest(msgspec.json.encode(sight)).hex()}"

    def _broadcast(self, said: Callable[[Sight], Sequence[FeedFrame]]) -> None:
        told: dict[Sight, bytes] = {}
        for client in self._clients:
            if client.sight not in told:
                told[client.sight] = wire(said(client.sight))
            client.write(told[client.sight])

"""A screen: the picture folded from the frames of the feed, and what it must never see."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from websockets.asyncio.client import connect

from services.contracts.views import (
    AlarmChanged,
    AlarmView,
    Beat,
    EscalationChanged,
    EscalationView,
    FeedFrame,
    PartitionPosition,
    Resume,
    Resumed,
    Snapshot,
    UndecidedChanged,
    UndecidedSignal,
)

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

FRAME: msgspec.json.Decoder[FeedFrame] = msgspec.json.Decoder(FeedFrame)


def as_(person: str, **more: Any) -> dict[str, Any]:
    """Who connects."""
    return {"additional_headers": {"Cookie": f"jiejing_session=cookie-{person}"}, **more}


async def frame(client: ClientConnection, kind: type, seconds: float = 30) -> Any:
    """The next frame of a kind."""
    async with asyncio.timeout(seconds):
        while not isinstance(one := FRAME.decode(await client.recv()), kind):
            pass
    return one


class Screen:
    """What one person's screen shows."""

    def __init__(self, address: str, person: str) -> None:
        self._address, self._person = address, person
        self.alarms: dict[str, AlarmView] = {}
        self.escalations: dict[str, EscalationView] = {}
        self.undecided: dict[int, tuple[UndecidedSignal, ...]] = {}
        self.positions: dict[int, PartitionPosition] = {}
        self.said: dict[tuple[str, int], int] = {}  # how often each change was said, by id and offset
        self.snapshots = self.resumptions = 0
        self.beat: Beat | None = None

    async def watch(self, until: asyncio.Event | None = None, *, frames: int | None = None) -> None:
        """Connect and fold until told, or for so many frames; then break off without a word."""
        async with connect(self._address, **as_(self._person)) as client:
            if self.positions:
                await client.send(
                    msgspec.json.encode(Resume(positions=tuple(self.positions.values()))).decode()
                )
            while not (until is not None and until.is_set()) and frames != 0:
                self.fold(FRAME.decode(await client.recv()))
                frames = None if frames is None else frames - 1
            client.transport.abort()

    def fold(self, one: FeedFrame) -> None:
        """The picture after this frame."""
        match one:
            case Snapshot():
                self.snapshots += 1
                self.alarms = {view.id: view for view in one.alarms}
                self.escalations = {view.id: view for view in one.escalations}
                self.positions = {place.partition: place for place in one.positions}
                self.undecided = {}
                self.said.clear()
            case Resumed():
                self.resumptions += 1
            case AlarmChanged():
                if self._is_new(one.alarm.id, one):
                    self.alarms[one.alarm.id] = one.alarm
            case EscalationChanged():
                if self._is_new(one.escalation.id, one):
                    self.escalations[one.escalation.id] = one.escalation
            case UndecidedChanged():
                self.undecided[one.partition] = one.signals
            case Beat():
                self.beat = one
                for place in one.positions:
                    self._reach(place.partition, place.offset, place.log_id)

    def open_alarms(self) -> list[AlarmView]:
        """Those that somebody must work on."""
        return [view for view in self.alarms.values() if view.state == "open"]

    def _is_new(self, subject: str, one: AlarmChanged | EscalationChanged) -> bool:
        key = (subject, one.offset)
        self.said[key] = self.said.get(key, 0) + 1
        self._reach(one.partition, one.offset, one.log_id)
        return self.said[key] == 1

    def _reach(self, partition: int, offset: int, log_id: str) -> None:
        known = self.positions.get(partition)
        if known is None or known.offset < offset:
            self.positions[partition] = PartitionPosition(
                partition=partition, log_id=log_id, offset=offset, decided_at=0
            )

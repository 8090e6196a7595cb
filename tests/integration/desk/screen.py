"""A screen: the picture folded from the frames of the feed, and what it must never see."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from websockets.asyncio.client import connect

from services.contracts.views import (
    AlarmChanged,
    AlarmView,
    Beat,
    EscalationChanged,
    FeedFrame,
    Resumed,
    Snapshot,
    UndecidedChanged,
)
from services.simulation.picture import Picture

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
    """What one person's screen shows, and how often each change was said."""

    def __init__(self, address: str, person: str) -> None:
        self._address, self._person = address, person
        self.picture = Picture()
        self.said: Counter[tuple[str, int]] = Counter()  # by id and offset
        self.snapshots = self.resumptions = 0
        self.beat: Beat | None = None

    async def watch(self, until: asyncio.Event | None = None, *, frames: int | None = None) -> None:
        """Connect and fold until told, or for so many frames; then break off without a word."""
        async with connect(self._address, **as_(self._person)) as client:
            if (words := self.picture.resume()) is not None:
                await client.send(msgspec.json.encode(words).decode())
            while not (until is not None and until.is_set()) and frames != 0:
                self.fold(FRAME.decode(await client.recv()))
                frames = None if frames is None else frames - 1
            client.transport.abort()

    def fold(self, one: FeedFrame) -> None:
        """The picture after this frame."""
        match one:
            case Snapshot():
                self.snapshots += 1
                self.said.clear()
            case Resumed():
                self.resumptions += 1
            case AlarmChanged():
                self.said[one.alarm.id, one.offset] += 1
            case EscalationChanged():
                self.said[one.escalation.id, one.offset] += 1
            case Beat():
                self.beat = one
            case UndecidedChanged():
                pass
        assert self.picture.fold(one)

    def open_alarms(self) -> list[AlarmView]:
        """Those that somebody must work on."""
        return [view for view in self.picture.alarms.values() if view.state == "open"]

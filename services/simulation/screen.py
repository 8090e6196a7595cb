"""People at screens: each keeps its picture from the frames of the feed, and what it shows is judged at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from services.alarm_router.domain.codes import class_of
from services.contracts.stored import Actor
from services.contracts.topics import INBOX
from services.contracts.views import (
    AlarmChanged,
    Beat,
    EscalationChanged,
    FeedFrame,
    Resumed,
    Snapshot,
    UndecidedChanged,
    UndecidedSignal,
)
from services.desk.domain.feed_board import Sight
from services.picture.undecided import raw_signal
from services.simulation.picture import Picture
from services.simulation.registry import BUREAUS
from services.simulation.world import expect

if TYPE_CHECKING:
    from services.simulation.house import House
    from services.simulation.line import SimulatedLine

SILENCE_S = 5.0  # as frontend/src/feed/connection.ts
LONGEST_WAIT_S = 2.0
LATE_WORDS_S = 0.25
WATCHING: dict[bytes, Actor] = {
    b"operator": Actor(id="wang", roles=("operator",), provider="provider"),
    b"supervisor": Actor(id="zhao", roles=("shift_supervisor",)),
    b"police": Actor(id="qian", roles=("police",), bureau=BUREAUS[0]),
    b"inspector": Actor(id="gu", roles=("inspector",), bureau=BUREAUS[1]),
}


class Screen:
    """One that stays open for ever. `seat`: of its session; `sight`: what who sits there saw when it connected."""

    def __init__(self, house: House, seat: bytes) -> None:
        self._house, self._world, self.seat = house, house.world.aside, seat
        self.name = f"screen of the {seat.decode()}"
        self.picture = Picture()
        self.sight: Sight | None = None
        self._judged: dict[int, int] = {}
        self._told: dict[int, int] = {}

    @property
    def is_told(self) -> bool:
        """Whether its line has brought anything."""
        return bool(self._told)

    async def run(self) -> None:
        """Connect again whenever the line is lost."""
        while True:
            opened = self._house.opened_feed(self.seat)
            if opened is not None:
                await self._watch(*opened)
            await asyncio.sleep(self._world.random.random() * LONGEST_WAIT_S)

    async def _watch(self, line: SimulatedLine, sight: Sight) -> None:
        self.sight = sight
        self._told.clear()
        self._judged.clear()
        if (words := self.picture.resume()) is not None:
            late = self._world.random.random() * LATE_WORDS_S
            self._world.later(late, lambda: line.say(msgspec.json.encode(words)))
        try:
            while True:
                async with asyncio.timeout(SILENCE_S):
                    frames = await line.take()
                if frames is None or not all(self._see(frame) for frame in frames):
                    return
        except TimeoutError:
            self._world.seen["silent line given up"] += 1
        finally:
            line.cut()
            self.sight = None

    def _see(self, frame: FeedFrame) -> bool:
        """Whether the picture can be gone on with."""
        self._world.seen["frame"] += 1
        if isinstance(frame, Snapshot | Resumed):
            self._world.seen["screen resumed"] += isinstance(frame, Resumed)
            self._world.step(self.name, f"is told {type(frame).__name__}")
        if isinstance(frame, AlarmChanged | EscalationChanged):
            self._world.step(self.name, f"is told {type(frame).__name__} {frame.partition}@{frame.offset}")
            had = self._house.chronicles[frame.partition].had(frame)
            expect(had, f"{self.name} is told what never was: {frame}")
        signals = frame.undecided if isinstance(frame, Snapshot) else ()
        self._lie_in_the_inbox(frame.signals if isinstance(frame, UndecidedChanged) else signals)
        self._world.seen["screen shown anew"] += isinstance(frame, Snapshot) and bool(self._told)
        if not self.picture.fold(frame):
            self.picture = Picture()
            return False
        self._goes_on()
        if isinstance(frame, Snapshot):
            self._judged.clear()
        if isinstance(frame, Snapshot | Beat):
            self._shows_what_was(frame.at)
        return True

    def _goes_on(self) -> None:
        """On one line nothing is shown after what is newer."""
        for partition, place in self.picture.positions.items():
            before = self._told.get(partition, -1)
            expect(
                place.offset >= before,
                f"{self.name} is told partition {partition} at {place.offset} after {before}",
            )
            self._told[partition] = place.offset

    def _shows_what_was(self, at: int) -> None:
        """Exactly what the record said at the places that the feed names."""
        if self.sight is None:
            return
        for report in self.picture.escalations:
            known = any(chronicle.knows(report) for chronicle in self._house.chronicles.values())
            expect(known, f"{self.name} shows report {report}, which never was")
        for partition, chronicle in self._house.chronicles.items():
            offset = self.picture.positions[partition].offset
            if self._judged.get(partition) != offset:
                wrong = chronicle.differs(self.picture, self.sight, at)
                expect(not wrong, f"{self.name}: {wrong}")
                self._judged[partition] = offset

    def _lie_in_the_inbox(self, signals: tuple[UndecidedSignal, ...]) -> None:
        for signal in signals:
            record = self._house.broker.log(INBOX, signal.partition).records[signal.offset]
            raw = raw_signal(signal.partition, signal.offset, record.stamp_us, record.value, class_of)
            told = msgspec.structs.replace(signal, site_name="")
            expect(
                raw is not None and raw.signal == told, f"{self.name} shows a signal that never came: {told}"
            )

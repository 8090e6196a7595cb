"""What a screen shows: the smallest faithful fold of the feed's frames, as `frontend/src/feed/picture.ts` does it.

What is folded here is what is shown of alarms, escalations, raw signals and how far; left out is what only serves acting
and sound (ids of decided commands, the last closed alarm, sums) and that closed alarms are forgotten beyond 200.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from services.contracts.views import (
    AlarmChanged,
    AlarmView,
    Beat,
    EscalationChanged,
    EscalationView,
    FeedFrame,
    PartitionPosition,
    Resume,
    Snapshot,
    StoppedPartition,
    UndecidedChanged,
    UndecidedSignal,
)


class Placed(Protocol):
    """Whatever names a place of a log."""

    @property
    def partition(self) -> int:
        """Which."""

    @property
    def offset(self) -> int:
        """Where in it."""

    @property
    def log_id(self) -> str:
        """Of which log."""


class Picture(msgspec.Struct):
    """`complete`: a snapshot has come; `places`: of each escalation's newest decision, which its view does not carry."""

    complete: bool = False
    alarms: dict[str, AlarmView] = {}
    escalations: dict[str, EscalationView] = {}
    positions: dict[int, PartitionPosition] = {}
    places: dict[str, int] = {}
    undecided: dict[int, tuple[UndecidedSignal, ...]] = {}
    stopped: tuple[StoppedPartition, ...] = ()
    sight: str = ""

    def fold(self, frame: FeedFrame) -> bool:
        """Take a frame; False: it is of another log, only a new snapshot is true."""
        if any(self._is_foreign(place) for place in _places(frame)):
            return False
        match frame:
            case Snapshot():
                self._replace(frame)
            case AlarmChanged():
                self._reach(frame)
                known = self.alarms.get(frame.alarm.id)
                if known is None or known.offset < frame.offset:
                    self.alarms[frame.alarm.id] = frame.alarm
            case EscalationChanged():
                self._reach(frame)
                self._report(frame)
            case UndecidedChanged():
                if frame.signals:
                    self.undecided[frame.partition] = frame.signals
                else:
                    self.undecided.pop(frame.partition, None)
            case Beat():
                self.positions |= {place.partition: place for place in frame.positions}
                self.stopped = frame.stopped
        return True

    def resume(self) -> Resume | None:
        """Where the picture stands; None where there is nothing to go on from."""
        if not self.complete or not self.positions:
            return None
        return Resume(positions=tuple(self.positions.values()), sight=self.sight)

    def _replace(self, frame: Snapshot) -> None:
        self.complete, self.sight = True, frame.sight
        self.alarms = {view.id: view for view in frame.alarms}
        self.escalations = {view.id: view for view in frame.escalations}
        self.positions = {place.partition: place for place in frame.positions}
        self.places = {}
        self.undecided = {
            partition: tuple(one for one in frame.undecided if one.partition == partition)
            for partition in dict.fromkeys(one.partition for one in frame.undecided)
        }
        self.stopped = frame.stopped

    def _report(self, frame: EscalationChanged) -> None:
        name = frame.escalation.id
        if self.places.get(name, -1) < frame.offset:
            self.escalations[name] = frame.escalation
            self.places[name] = frame.offset

    def _is_foreign(self, place: Placed) -> bool:
        known = self.positions.get(place.partition)
        return known is not None and known.log_id != place.log_id

    def _reach(self, place: Placed) -> None:
        """A frame shows its partition up to its own place: a later connection goes on from there."""
        known = self.positions.get(place.partition)
        if known is None or known.offset < place.offset:
            self.positions[place.partition] = PartitionPosition(
                partition=place.partition,
                log_id=place.log_id,
                offset=place.offset,
                decided_at=0 if known is None else known.decided_at,
            )


def _places(frame: FeedFrame) -> tuple[Placed, ...]:
    """What must be of the picture's own log. A snapshot may be of any."""
    if isinstance(frame, Beat):
        return frame.positions
    return (frame,) if isinstance(frame, AlarmChanged | EscalationChanged) else ()

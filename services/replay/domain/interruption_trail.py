"""What one interruption's decisions say: its events, and how it stands after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.contracts.interruption import InterruptionView
from services.picture.interruption_view import as_of
from services.picture.why import Recorded
from services.replay.domain.stand import FAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.contracts.envelope import Decision, Event
    from services.replay.domain.alarm_trail import Step


class InterruptionTrail(msgspec.Struct):
    """The steps of one interruption. `name`: its id."""

    name: str
    partition: int
    steps: list[Step] = []
    view: InterruptionView | None = None

    def add(self, step: Step) -> None:
        """Go on by one decision. One that was archived stays as it was: the record keeps it for ever."""
        self.steps.append(step)
        past = [
            Recorded(self.partition, one.offset, one.decision.time, event)
            for one in self.steps
            for event in self.own(one.decision)
        ]
        self.view = as_of(past, FAR).interruptions.get(self.name)

    def own(self, decision: Decision) -> Sequence[Event]:
        """The decision's events about it."""
        return [event for event in decision.events if getattr(event, "interruption", None) == self.name]

"""The people of a story, whatever they act through: the port between the script and them.

A story says what somebody does; how it is done is the adapter's. People over HTTP (`http_people.py`) play
`jiejing demo`, people at real screens (`tests/end_to_end/people_at_the_screen.py`) prove the same files in a browser.
Both read back what came of it: the former what a step `shows`, the latter what a person `sees`.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from services.station.demo.story import Step
from services.station.errors import StationError


class StoryBroken(StationError):
    """What the story says did not come true."""


class Scene(msgspec.Struct, frozen=True):
    """What a step is about: a line, its site by name, and the story's alarm ("" before there is one)."""

    account: str
    site: str
    alarm: str = ""


class People(Protocol):
    """Everybody of a play. Who never acts never signs in."""

    async def open_alarms(self, scene: Scene) -> list[str]:
        """Ids of the site's open alarms, as the operator has them."""

    async def act(self, scene: Scene, step: Step) -> None:
        """Do what the step `does`, or go where it `looks`. Raises `StoryBroken`, also for what should be refused."""

    async def read_back(self, scene: Scene, step: Step) -> None:
        """Wait until it is there as the step says. Raises `StoryBroken` when it does not come."""

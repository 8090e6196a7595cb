"""Panels that do not set their clock: encrypted messages in a row that were turned away for their time.

Each was answered with our time, by which a panel sets its clock and sends again (DC-09-2013, 5.5.1.9). One that goes on
all the same reports to nobody, and a person must know.
"""

from __future__ import annotations

import msgspec

from services.contracts.directory import LineAssigned
from services.contracts.topics import line_key

PATIENCE = 5  # messages


class WrongClock(msgspec.Struct, frozen=True, gc=False):
    """From when to when, and how many messages in a row."""

    line: LineAssigned
    since: int
    until: int
    count: int


class PanelClocks:
    """Of one receiver run. `untold`: those that somebody must be told of, once each until their clock is right again."""

    def __init__(self) -> None:
        self._wrong: dict[str, WrongClock] = {}  # of lines with a key alone, so no more than are registered
        self.untold: dict[str, WrongClock] = {}

    def wrong(self, line: LineAssigned, now: int) -> None:
        """One more message was turned away."""
        name = line_key(line.account_space, line.account)
        before = self._wrong.get(name)
        since, count = (now, 0) if before is None else (before.since, before.count)
        self._wrong[name] = WrongClock(line, since, now, count + 1)
        if count == PATIENCE:
            self.untold[name] = self._wrong[name]

    def right(self, line: LineAssigned) -> None:
        """A message was in time. What is not told yet is told all the same."""
        self._wrong.pop(line_key(line.account_space, line.account), None)

    def told(self, wrong: WrongClock) -> None:
        """Take note that it stands in the record."""
        name = line_key(wrong.line.account_space, wrong.line.account)
        if self.untold.get(name) == wrong:
            del self.untold[name]

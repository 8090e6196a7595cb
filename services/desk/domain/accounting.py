"""Signals at the sockets against signals in the record: received = recorded + refused + under way + unaccounted.

Two counts of moving things are never taken at the same instant, so a difference counts as unaccounted only when it
stays through several looks; until then it is under way. Each receiver's run is counted by itself: a restart
neither hides what is missing nor makes up a difference.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from services.contracts.views import Accounting

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOKS = 3


class AtSockets(msgspec.Struct, frozen=True, gc=False):
    """What one run of the receivers has counted. `recorded`: durably appended; `refused`: by reason."""

    run: str
    received: int
    recorded: int
    refused: dict[str, int]
    under_way: int


class Books:
    """Joins both sides, look by look."""

    def __init__(self) -> None:
        """Nothing was looked at yet."""
        self._run = ""
        self._left: deque[int] = deque(maxlen=LOOKS)

    def join(self, sockets: AtSockets, recorded: Mapping[str, int], waiting: int) -> Accounting:
        """`recorded`: this run's signals in the record, by outcome; `waiting`: appended and not yet decided."""
        if sockets.run != self._run:
            self._run = sockets.run
            self._left.clear()
        in_record, refused = sum(recorded.values()), sum(sockets.refused.values())
        open_ = max(0, sockets.received - in_record - refused)
        self._left.append(open_ - sockets.under_way - waiting)
        unaccounted = min(open_, max(0, min(self._left))) if len(self._left) == LOOKS else 0
        return Accounting(
            received=sockets.received,
            recorded=in_record,
            refused=refused,
            under_way=open_ - unaccounted,
            unaccounted=unaccounted,
            surfaced=recorded.get("surfaced", 0),
            logged=recorded.get("logged", 0),
            suppressed=recorded.get("suppressed", 0),
            retransmit=recorded.get("retransmit", 0),
        )

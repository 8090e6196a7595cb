"""What an explanation starts from: the events of one alarm as they lie in the record. The rules are the router's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import msgspec

from services.contracts.envelope import Event
from services.contracts.why import Reason


class Recorded(msgspec.Struct, frozen=True):
    """An event as it lies in the record. `time`: partition time, UTC microseconds."""

    partition: int
    offset: int
    time: int
    event: Event


Explain: TypeAlias = Callable[[Iterable[Recorded]], tuple[Reason, ...]]

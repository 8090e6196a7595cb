"""Finding what the record holds of one alarm or interruption.

Its id does not say where it lies. The bytes of each partition are searched for it, which is as fast as reading; only
what mentions it is decoded. Where it was found is remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from services.contracts.codec import Unreadable, decode_decision
from services.contracts.envelope import Accepted
from services.eventsourcing.ports import LogError
from services.replay.domain.alarm_trail import AnyTrail, Step
from services.replay.handlers.reading import records
from services.replay.ports import RecordBroken, not_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.contracts.envelope import Decision
    from services.eventsourcing.ports import Record
    from services.replay.domain.stand import Until
    from services.replay.handlers.room import ReadingRoom

MOST_ATTEMPTS = 200  # refused or repeated commands that are looked up
MOST_REMEMBERED = 4096
T = TypeVar("T", bound=AnyTrail)


class Search(Generic[T]):
    """Goes through the bytes of a partition. `without_event`: refused and repeated commands of the same subject."""

    def __init__(self, trail: T, until: Until) -> None:
        """`trail`: empty yet."""
        self.trail, self._until = trail, until
        self._name, self._subject = msgspec.json.encode(trail.name), b""
        self.without_event: list[Step] = []

    def goes_on(self, record: Record) -> bool:
        """Look at one record; False: what follows lies behind the end."""
        if self._name not in record.value and not (self._subject and self._subject in record.value):
            return True
        try:
            decision = decode_decision(record.value)
        except Unreadable as error:
            raise not_read(self.trail.partition, record.offset, error) from error
        if decision.lies_at != record.offset:
            return True
        if self._until.excludes(record.offset, decision.time):
            return False
        self._take(Step(record.offset, record.value, decision), decision)
        return True

    def _take(self, step: Step, decision: Decision) -> None:
        if self.trail.own(decision):
            self.trail.add(step)
            self._subject = msgspec.json.encode(decision.subject)
        elif not isinstance(decision.answer, Accepted) and len(self.without_event) < MOST_ATTEMPTS:
            self.without_event.append(step)


async def find(
    room: ReadingRoom, begun: Callable[[int], T], name: str, untils: Mapping[int, Until]
) -> Search[T] | None:
    """The trail of `name` up to `untils`, where it was found before or in any of them. `begun`: an empty one.

    Raises `RecordBroken`, `RecordNewer`, `RecordAway`.
    """
    known = room.found.get(name, (-1, 0))[0]
    if known in untils:
        found = await _in(room, begun(known), untils[known])
        if found is not None:
            return found
    room.found.pop(name, None)
    for partition, until in untils.items():
        found = await _in(room, begun(partition), until)
        if found is not None:
            return found
    return None


async def _in(room: ReadingRoom, trail: T, until: Until) -> Search[T] | None:
    partition = trail.partition
    log = room.logs(partition)
    _, start = room.found.get(trail.name, (partition, 0))
    search = Search(trail, until)
    try:
        async for batch in records(log, start, await log.end(), room.breathe):
            if not all(search.goes_on(record) for record in batch):
                break
            room.say(partition, batch[-1].offset, batch[-1].offset)
    except LogError as error:
        raise RecordBroken(partition, start, str(error)) from error
    finally:
        await log.close()
    if search.trail.view is None:
        return None
    _remember(room, trail.name, (partition, search.trail.steps[0].offset))
    return search


def _remember(room: ReadingRoom, name: str, where: tuple[int, int]) -> None:
    room.found[name] = where
    if len(room.found) > MOST_REMEMBERED:
        del room.found[next(iter(room.found))]

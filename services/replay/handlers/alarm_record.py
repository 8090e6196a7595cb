"""Everything that the record holds of one alarm: its decisions, and what was refused about it.

An alarm's id does not say where it lies. The bytes of each partition are searched for it, which is as fast as
reading; only what mentions it is decoded. Where it was found is remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.contracts.codec import Unreadable, decode_decision, decode_inbox, digest
from services.contracts.envelope import Accepted
from services.contracts.history import AlarmRecord, RecordReason
from services.eventsourcing.ports import LogError
from services.picture.names import Reading
from services.picture.visibility import visible
from services.replay.domain.alarm_trail import Step, Trail, events_of, rows, rows_of
from services.replay.domain.free_text import in_clear, sealed_in, sealed_in_views
from services.replay.domain.stand import FAR, Until
from services.replay.handlers.opening import opened
from services.replay.handlers.reading import records
from services.replay.ports import RecordBroken, not_read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.contracts.envelope import Decision, InboxRecord
    from services.contracts.stored import Actor
    from services.eventsourcing.ports import EventLog, Record
    from services.replay.handlers.room import ReadingRoom

MOST_ATTEMPTS = 200  # refused or repeated commands that are looked up
MOST_REMEMBERED = 4096


async def alarm_record(
    room: ReadingRoom, person: Actor, alarm: str, partition: int | None = None
) -> AlarmRecord | None:
    """The alarm's whole record; None: there is no such alarm, or this person does not see it.

    `partition`: where the caller believes that it lies, which spares the search. The look is written down first.
    """
    await room.looks.note_look(person.id, "history.alarm", alarm, {})
    trail = await find_alarm(room, alarm, _everywhere(room, partition), attempts=True)
    if trail is None or trail.view is None or not visible(person, trail.view):
        return None
    sealed = {**sealed_in(trail.events()), **sealed_in_views([trail.view])}
    said = await opened(room, person, sealed)
    names = await room.names.names([trail.view.site], FAR)
    view = Reading(names, said).show(trail.view, notes=True)
    return AlarmRecord(alarm=view, records=rows(trail, said))


async def reason(
    room: ReadingRoom, person: Actor, alarm: str, offset: int, partition: int | None = None
) -> RecordReason | None:
    """What the alarm's decision at `offset` was decided on; None: there is none, or this person does not see it."""
    await room.looks.note_look(person.id, "history.why", alarm, {"offset": offset})
    trail = await find_alarm(room, alarm, _everywhere(room, partition), attempts=True)
    if trail is None or trail.view is None or not visible(person, trail.view):
        return None
    step = next((step for step in trail.steps if step.offset == offset), None)
    if step is None:
        return None
    inbox = room.inboxes(trail.partition)
    try:
        value, asked = await _asked(inbox, step.decision)
    finally:
        await inbox.close()
    said = await opened(room, person, sealed_in([*step.decision.events, *([asked] if asked else [])]))
    return RecordReason(
        rows=tuple(rows_of(trail, step, said)),
        code=step.decision.code,
        source=None if asked is None else in_clear(asked, said),
        source_holds=value is not None and digest(value) == step.decision.source.hash,
    )


def _everywhere(room: ReadingRoom, partition: int | None) -> dict[int, Until]:
    """Each partition to its end, the one that was named first."""
    order = sorted(range(room.partitions), key=lambda number: number != partition)
    return {number: Until() for number in order}


async def _asked(inbox: EventLog, decision: Decision) -> tuple[bytes | None, InboxRecord | None]:
    """The inbox record that was decided: its bytes and, if they can be read, what they say."""
    offset = decision.source.offset
    found = await inbox.read(offset, most=1, wait_s=1.0) if 0 <= offset < await inbox.end() else ()
    try:
        return (found[0].value, decode_inbox(found[0].value)) if found else (None, None)
    except Unreadable:
        return found[0].value, None


async def find_alarm(
    room: ReadingRoom, alarm: str, untils: Mapping[int, Until], *, attempts: bool = False
) -> Trail | None:
    """The alarm's trail up to `untils`. Raises `RecordBroken`, `RecordNewer`, `RecordAway`."""
    known = room.found.get(alarm, (-1, 0))[0]
    if known in untils:
        trail = await _trail_in(room, alarm, known, untils[known], attempts=attempts)
        if trail is not None:
            return trail
    room.found.pop(alarm, None)
    for partition, until in untils.items():
        trail = await _trail_in(room, alarm, partition, until, attempts=attempts)
        if trail is not None:
            return trail
    return None


async def _trail_in(
    room: ReadingRoom, alarm: str, partition: int, until: Until, *, attempts: bool
) -> Trail | None:
    log = room.logs(partition)
    _, start = room.found.get(alarm, (partition, 0))
    search = _Search(Trail(alarm, partition), until)
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
    _remember(room, alarm, (partition, search.trail.steps[0].offset))
    if attempts:
        await _add_attempts(room, search)
    return search.trail


class _Search:
    """Goes through the bytes of a partition."""

    def __init__(self, trail: Trail, until: Until) -> None:
        self.trail, self._until = trail, until
        self._alarm, self._subject = msgspec.json.encode(trail.alarm), b""
        self.without_event: list[Step] = []

    def goes_on(self, record: Record) -> bool:
        """Look at one record; False: what follows lies behind the end."""
        if self._alarm not in record.value and not (self._subject and self._subject in record.value):
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
        if events_of(self.trail.alarm, decision):
            self.trail.add(step)
            self._subject = msgspec.json.encode(decision.subject)
        elif not isinstance(decision.answer, Accepted) and len(self.without_event) < MOST_ATTEMPTS:
            self.without_event.append(step)


async def _add_attempts(room: ReadingRoom, search: _Search) -> None:
    """Which of the refused and repeated commands of the site were about this alarm: their inbox records say."""
    trail = search.trail
    inbox = room.inboxes(trail.partition)
    try:
        for step in search.without_event:
            _, command = await _asked(inbox, step.decision)
            by = _who_asked(command, {trail.alarm, *trail.reports})
            if by is not None:
                trail.steps.append(msgspec.structs.replace(step, by=by))
    finally:
        await inbox.close()
    trail.steps.sort(key=lambda step: step.offset)


def _who_asked(command: InboxRecord | None, about: set[str]) -> str | None:
    """Who sent the command; None: it is about something else, or cannot be read."""
    named = {getattr(command, "alarm", None), getattr(command, "escalation", None)}
    actor = getattr(command, "by", None)
    return None if actor is None or named.isdisjoint(about) else str(actor.id)


def _remember(room: ReadingRoom, alarm: str, where: tuple[int, int]) -> None:
    room.found[alarm] = where
    if len(room.found) > MOST_REMEMBERED:
        del room.found[next(iter(room.found))]

"""Everything that the record holds of one alarm: its decisions, and what was refused about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.contracts.codec import Unreadable, decode_inbox, digest
from services.contracts.history import AlarmRecord, RecordReason
from services.picture.names import Reading
from services.picture.visibility import visible
from services.replay.domain.alarm_trail import Trail, rows, rows_of
from services.replay.domain.free_text import in_clear, sealed_in, sealed_in_views
from services.replay.domain.stand import FAR, Until
from services.replay.handlers.opening import opened
from services.replay.handlers.searching import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.contracts.envelope import Decision, InboxRecord
    from services.contracts.stored import Actor
    from services.eventsourcing.ports import EventLog
    from services.replay.handlers.room import ReadingRoom
    from services.replay.handlers.searching import Search


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
    found = await find(room, lambda partition: Trail(alarm, partition), alarm, untils)
    if found is None:
        return None
    if attempts:
        await _add_attempts(room, found)
    return found.trail


async def _add_attempts(room: ReadingRoom, search: Search[Trail]) -> None:
    """Which of the refused and repeated commands of the site were about this alarm: their inbox records say."""
    trail = search.trail
    inbox = room.inboxes(trail.partition)
    try:
        for step in search.without_event:
            _, command = await _asked(inbox, step.decision)
            by = _who_asked(command, {trail.name, *trail.reports})
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

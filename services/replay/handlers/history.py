"""The picture at an instant, or of a kept screen's positions: folded from the log, named as it was known then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.contracts.history import History
from services.picture.names import Reading, V
from services.picture.visibility import visible
from services.replay.domain.free_text import sealed_in_views
from services.replay.domain.picture_hash import PictureHash, by_id
from services.replay.domain.stand import Until
from services.replay.handlers.alarm_record import find_alarm
from services.replay.handlers.opening import opened
from services.replay.handlers.room import stand_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from services.contracts.stored import Actor
    from services.contracts.views import AlarmView, EscalationView
    from services.picture.alarm_view import Report
    from services.replay.domain.stand import Stand
    from services.replay.handlers.room import ReadingRoom

STEP = 50  # views between two breaths


class Asked(msgspec.Struct, frozen=True):
    """An instant of partition time, or a place in each of some partitions; `only_open` leaves closed alarms out."""

    at: int | None = None
    positions: Mapping[int, int] = {}
    alarm: str | None = None
    only_open: bool = False

    def untils(self, partitions: int) -> dict[int, Until]:
        """How far to fold each partition."""
        if self.at is not None:
            return {partition: Until(time=self.at) for partition in range(partitions)}
        return {partition: Until(offset=offset) for partition, offset in sorted(self.positions.items())}


async def history(room: ReadingRoom, person: Actor, asked: Asked) -> History | None:
    """What this person would have seen; None: no such alarm, or not in their scope.

    The look is written down first. Raises `RecordBroken`, `RecordAway`.
    """
    await room.looks.note_look(person.id, "history.at", asked.alarm or "history", _detail(asked))
    untils = asked.untils(room.partitions)
    if asked.alarm is not None:
        return await _of_one_alarm(room, person, asked, untils)
    stands = [await stand_at(room, partition, until) for partition, until in untils.items()]
    alarms = [view for stand in stands for view in stand.views.alarms.values() if visible(person, view)]
    reports = [one for stand in stands for one in stand.views.reports.values() if visible(person, one)]
    if asked.only_open:
        alarms = [view for view in alarms if view.state == "open"]
    return await _told(room, person, asked, stands, alarms, reports)


async def _of_one_alarm(
    room: ReadingRoom, person: Actor, asked: Asked, untils: Mapping[int, Until]
) -> History | None:
    found = await find_alarm(room, asked.alarm or "", untils)
    if found is None or found.view is None or not visible(person, found.view):
        return None
    stand = await stand_at(room, found.partition, untils[found.partition])
    reports = [one for one in found.reports.values() if visible(person, one)]
    return await _told(room, person, asked, [stand], [found.view], reports)


async def _told(  # noqa: PLR0913 - the parts of one answer
    room: ReadingRoom,
    person: Actor,
    asked: Asked,
    stands: Sequence[Stand],
    alarms: Sequence[AlarmView],
    reports: Sequence[Report],
) -> History:
    escalations = [report.view for report in reports]
    at = asked.at if asked.at is not None else max((stand.time for stand in stands), default=0)
    reading = await _reading(room, person, [*alarms, *escalations], at)
    return History(
        at=at,
        positions=tuple(stand.position() for stand in stands),
        alarms=tuple([view async for view in _shown(room, reading, alarms)]),
        escalations=tuple([view async for view in _shown(room, reading, escalations)]),
        hash=await _hash(room, alarms, escalations),
    )


async def _shown(room: ReadingRoom, reading: Reading, views: Sequence[V]) -> AsyncIterator[V]:
    """As this person sees them, the oldest first."""
    async for view in _step_by_step(room, sorted(views, key=_by_age)):
        yield reading.show(view, notes=True)


async def _hash(room: ReadingRoom, alarms: Sequence[AlarmView], escalations: Sequence[EscalationView]) -> str:
    picture = PictureHash()
    async for alarm in _step_by_step(room, sorted(alarms, key=by_id)):
        picture.add(alarm)
    picture.escalations_follow()
    async for escalation in _step_by_step(room, sorted(escalations, key=by_id)):
        picture.add(escalation)
    return picture.hex()


async def _step_by_step(room: ReadingRoom, views: Sequence[V]) -> AsyncIterator[V]:
    """One after the other, with a breath now and then: a busy week has tens of thousands."""
    for number, view in enumerate(views, 1):
        yield view
        if number % STEP == 0:
            await room.breathe()


async def _reading(
    room: ReadingRoom, person: Actor, views: Sequence[AlarmView | EscalationView], at: int
) -> Reading:
    names = await room.names.names({view.site for view in views}, at)
    return Reading(names, await opened(room, person, sealed_in_views(views)))


def _by_age(view: AlarmView | EscalationView) -> tuple[int, str]:
    return view.received_at, view.id


def _detail(asked: Asked) -> dict[str, object]:
    if asked.at is not None:
        return {"at": asked.at}
    return {"positions": ",".join(f"{partition}:{offset}" for partition, offset in asked.positions.items())}

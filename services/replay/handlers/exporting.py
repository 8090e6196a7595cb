"""An export: a stretch of the record exactly as it lies in the log, with what is needed to prove it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from services.contracts.event_words import event_words
from services.contracts.history import ExportHead, ExportManifest
from services.eventsourcing.ports import LogError
from services.picture.names import Reading
from services.picture.visibility import alarm_scope, visible
from services.replay import verifier
from services.replay.domain.alarm_trail import Trail, rows
from services.replay.domain.frame import Writing
from services.replay.domain.history_page import PAGE, alarm_page, interruption_page
from services.replay.domain.interruption_trail import InterruptionTrail
from services.replay.domain.readme import README
from services.replay.domain.stand import Until
from services.replay.domain.withheld import subjects_of, unseen
from services.replay.handlers.alarm_record import find_alarm
from services.replay.handlers.placing import first_from, log_id_of, newest_before
from services.replay.handlers.reading import records
from services.replay.handlers.searching import find
from services.replay.ports import RecordBroken
from services.replay.verifier import NAME as VERIFIER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.contracts.stored import Actor
    from services.eventsourcing.ports import EventLog, Record
    from services.picture.visibility import Scope
    from services.replay.domain.alarm_trail import AnyTrail
    from services.replay.handlers.room import ReadingRoom
    from services.replay.ports import ExportBox


class Stretch(msgspec.Struct, frozen=True):
    """What is wanted: partition time from `begin` to `end`, both included, None: to where the log begins or ends.

    `alarm`, `interruption`: only its partition, and without `begin` and `end` from its first record to its newest.
    """

    begin: int | None = None
    end: int | None = None
    partition: int | None = None
    alarm: str | None = None
    interruption: str | None = None

    @property
    def about(self) -> str | None:
        """What is wanted alone; None: everything."""
        return self.alarm or self.interruption

    @property
    def kind(self) -> str:
        """What that is, in a word."""
        return "alarm" if self.interruption is None else "interruption"


class Sight(NamedTuple):
    """What whoever asks may see: a scope, and by name what is exported alone."""

    scope: Scope
    theirs: frozenset[str]


class Making(msgspec.Struct, frozen=True):
    """When, by whom and with what version an export is made."""

    at: int
    by: str
    version: str


async def export(
    room: ReadingRoom, person: Actor, stretch: Stretch, making: Making, box: ExportBox
) -> ExportHead | None:
    """Fill the box; the head is what should be kept elsewhere. None: there is no such thing. The look is written down first.

    Raises `RecordBroken` where no range can be found, `RecordAway`. What lies in the range is written as it
    lies, whole or not: `check` says what is wrong with it.
    """
    detail = {name: value for name, value in msgspec.structs.asdict(stretch).items() if value is not None}
    await room.looks.note_look(person.id, "history.export", stretch.about or "record", detail)
    trail = None if stretch.about is None else await _trail(room, person, stretch)
    if trail is None and stretch.about is not None:
        return None
    bounds = _bounds(room, stretch, trail)
    sight = Sight(alarm_scope(person), _theirs(trail))
    written = [
        await _partition(room, sight, making, number, stretch, span, box) for number, span in bounds.items()
    ]
    manifest = ExportManifest(
        made_at=making.at,
        made_by=making.by,
        made_with=making.version,
        begin=stretch.begin,
        end=stretch.end,
        alarm=stretch.alarm,
        interruption=msgspec.UNSET if stretch.interruption is None else stretch.interruption,
        partitions=tuple(one.entry() for one in written),
    )
    pages = {} if trail is None else {PAGE: await _page(room, trail, making)}
    return _finish(box, manifest, written, pages)


async def _trail(room: ReadingRoom, person: Actor, stretch: Stretch) -> Trail | InterruptionTrail | None:
    """What is wanted alone; None: there is no such thing where it was looked for, or this person does not see it."""
    among = range(room.partitions) if stretch.partition is None else [stretch.partition]
    untils = {number: Until() for number in among}
    if stretch.alarm is not None:
        trail = await find_alarm(room, stretch.alarm, untils, attempts=True)
        return trail if trail is not None and trail.view is not None and visible(person, trail.view) else None
    name = stretch.interruption or ""
    found = await find(room, lambda partition: InterruptionTrail(name, partition), name, untils)
    view = None if found is None else found.trail.view
    return found.trail if found is not None and view is not None and visible(person, view) else None


def _bounds(room: ReadingRoom, stretch: Stretch, trail: AnyTrail | None) -> dict[int, tuple[int, int] | None]:
    """Partitions, each with the offsets of the first and the newest record of what is wanted alone."""
    if trail is None:
        return dict.fromkeys(range(room.partitions) if stretch.partition is None else [stretch.partition])
    if stretch.begin is None and stretch.end is None:
        return {trail.partition: (trail.steps[0].offset, trail.steps[-1].offset)}
    return {trail.partition: None}


async def _partition(  # noqa: PLR0913 - everything that one partition takes
    room: ReadingRoom,
    sight: Sight,
    making: Making,
    partition: int,
    stretch: Stretch,
    span: tuple[int, int] | None,
    box: ExportBox,
) -> Writing:
    log = room.logs(partition)
    try:
        first, stop = await _range(log, stretch, span)
        log_id = await log_id_of(log, partition)
        writing = Writing(partition, log_id, await newest_before(log, partition, log_id, first))
        box.begin(writing.entry().file)
        async for batch in records(log, first, stop, room.breathe):
            closed = await _withheld(room, sight, batch, making.at)
            box.add(b"".join(writing.add(one, withheld=one.offset in closed) for one in batch))
            room.say(partition, batch[-1].offset + 1 - first, stop - first)
    except LogError as error:
        raise RecordBroken(partition, 0, str(error)) from error
    finally:
        await log.close()
    return writing


async def _withheld(room: ReadingRoom, sight: Sight, batch: Sequence[Record], at: int) -> set[int]:
    """The offsets that whoever asks may not see."""
    if sight.scope.everything:
        return set()
    return unseen(batch, sight.scope, await room.names.names(subjects_of(batch), at), sight.theirs)


def _theirs(trail: Trail | InterruptionTrail | None) -> frozenset[str]:
    """What is exported alone, with its reports: they see it."""
    if trail is None:
        return frozenset()
    return frozenset({trail.name, *(trail.reports if isinstance(trail, Trail) else ())})


async def _range(log: EventLog, stretch: Stretch, span: tuple[int, int] | None) -> tuple[int, int]:
    """The first offset, and the one behind the last."""
    if span is not None:
        return span[0], span[1] + 1
    end = await log.end()
    first = 0 if stretch.begin is None else await first_from(log, end, stretch.begin)
    stop = end if stretch.end is None else await first_from(log, end, stretch.end + 1)
    return min(first, stop), stop


async def _page(room: ReadingRoom, trail: Trail | InterruptionTrail, making: Making) -> bytes:
    """Its history for a reader. Free text stays sealed: what leaves the house can be erased no more."""
    assert trail.view is not None
    names = await room.names.names([trail.view.site], making.at)
    told = rows(trail, {})
    if isinstance(trail, Trail):
        view = Reading(names, {}).show(trail.view, notes=False)
        return alarm_page(view, told, event_words(), making.at).encode()
    site = names.get(trail.view.site)
    named = {} if site is None else {"site_name": site.name, "provider_name": site.provider_name}
    return interruption_page(
        msgspec.structs.replace(trail.view, **named), told, event_words(), making.at
    ).encode()


def _finish(
    box: ExportBox, manifest: ExportManifest, written: list[Writing], pages: Mapping[str, bytes]
) -> ExportHead:
    files = {one.file: one.sha256 for one in manifest.partitions}
    raw = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    beside = {"manifest.json": raw, "README.txt": README.encode(), VERIFIER: verifier.source(), **pages}
    for name, content in beside.items():
        files[name] = hashlib.sha256(content).hexdigest()
        box.begin(name)
        box.add(content)
    head = ExportHead(
        made_at=manifest.made_at,
        at=manifest.made_at if manifest.end is None else manifest.end,
        positions=tuple(one.position() for one in written),
        files=files,
    )
    box.begin("head.json")
    box.add(head_file(head))
    return head


def head_file(head: ExportHead) -> bytes:
    """The file that is kept elsewhere."""
    return msgspec.json.format(msgspec.json.encode(head), indent=1) + b"\n"

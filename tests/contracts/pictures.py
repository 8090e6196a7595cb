"""Frames of a feed as a screen may get them, and the picture after each: `python -m tests.contracts.pictures` writes both.

The frames are the product's, of the record of a release; some come late, twice or of another log. The pictures are folded by
the simulation's twin (`services/simulation/picture.py`), and the page's own fold must come to the same
(`frontend/tests/same_picture.test.ts`). A view is named by the first frame that brought it and its place there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import msgspec

from services.alarm_router.domain.codes import class_of
from services.contracts.codec import encode
from services.contracts.stored import Actor
from services.contracts.views import (
    AlarmChanged,
    Beat,
    EscalationChanged,
    FeedFrame,
    Resumed,
    Snapshot,
    StoppedPartition,
    UndecidedChanged,
)
from services.desk.domain.feed_board import Board, Lanes, Sight, frames
from services.desk.domain.reading_place import Place
from services.eventsourcing.counting import Chain
from services.picture.alarm_view import Views
from services.picture.names import Reading
from services.picture.undecided import Undecided, raw_signal
from services.simulation.picture import Picture
from tests.upgrade import kept_record

KEPT = Path(__file__).parents[2] / "frontend" / "tests" / "pictures.json"
SEED = 16  # of misfortunes
BEFORE, RECORDS = 6, 46  # decisions before the screen connects, and in all
SIGHT = Sight.of(Actor(id="zhao", roles=("shift_supervisor",)))
NO_NAMES = Reading({}, {})
Line: TypeAlias = "Sequence[FeedFrame]"


def told() -> list[FeedFrame]:
    """What a screen is told, with misfortunes; before the last snapshot all reports once more, the newest first."""
    fate, said = Random(SEED), list(_story())
    found: list[FeedFrame] = [said[0]]
    for frame in said[1:]:
        found.append(frame)
        draw = fate.random()
        if draw < 0.15:
            found.append(fate.choice(found))
        elif draw < 0.25:
            found.append(Resumed(at=7))
        elif draw < 0.28 and isinstance(frame, AlarmChanged | EscalationChanged):
            found += [msgspec.structs.replace(frame, log_id="another log"), frame, said[0]]
        elif isinstance(frame, Beat) and draw > 0.7:
            places = [msgspec.structs.replace(place, log_id="another log") for place in frame.positions]
            found += [msgspec.structs.replace(frame, positions=tuple(places)), said[0]]
    reports = [frame for frame in said if isinstance(frame, EscalationChanged)]
    return [*found[:-1], *reversed(reports), said[-1]]


def _story() -> Iterator[FeedFrame]:
    """In the order of the record: a snapshot, changes, beats and lanes, and a snapshot at the end."""
    kept, chain = kept_record.read(max(kept_record.KEPT.iterdir())), Chain()
    board, at = Board(Views({}, {}), {0: Place(0)}), 0
    lane = _lane(kept)
    for number, record in enumerate(kept.events[:RECORDS]):
        decision = chain.take(record)
        if decision is None:
            continue
        at = decision.time
        happening = board.take(0, record.offset, chain.head, decision)
        if number == BEFORE:
            yield board.snapshot(SIGHT, "sight", NO_NAMES, Lanes(signals={3: lane[:2]}), at)
        if number > BEFORE and happening is not None:
            yield from frames(happening, SIGHT, NO_NAMES)
        if number > BEFORE and number % 9 == 0:
            stopped = (StoppedPartition(partition=3, since=at, waiting=number),) if number % 2 else ()
            yield Beat(at=at, behind_ms=4, last_signal_at=at, positions=board.positions(), stopped=stopped)
            signals = tuple(one.signal for one in lane[: number % 4])
            yield UndecidedChanged(partition=3 + number % 2, signals=signals)
    yield board.snapshot(SIGHT, "another sight", NO_NAMES, Lanes(), at)


def _lane(kept: kept_record.Kept) -> tuple[Undecided, ...]:
    raw = [raw_signal(3, one.offset, one.stamp_us, one.value, class_of) for one in kept.inbox[:200]]
    return tuple(Undecided(one.signal, None, None) for one in raw if one is not None)[:4]


def shown(line: Line) -> list[dict[str, Any]]:
    """The picture after each frame. `restart`: it is of another log, so the screen began anew."""
    picture, found = Picture(), []
    for number, frame in enumerate(line):
        restart = not picture.fold(frame)
        if restart:
            picture = Picture()
        resume = picture.resume()
        found.append(
            {
                "restart": restart,
                "complete": picture.complete,
                "sight": picture.sight,
                "alarms": [[name, *_brought(view, line)] for name, view in picture.alarms.items()],
                "escalations": [[name, *_brought(view, line)] for name, view in picture.escalations.items()],
                "positions": [_said(place) for place in picture.positions.values()],
                "places": list(map(list, picture.places.items())),
                "undecided": [
                    [partition, [one.offset for one in signals]]
                    for partition, signals in picture.undecided.items()
                ],
                "stopped": [_said(one) for one in picture.stopped],
                "resume": None if resume is None else _said(resume),
            }
        )
    return found


def _brought(view: object, line: Line) -> tuple[int, int]:
    """The first frame that brought this view, and its place in it."""
    among: tuple[object, ...]
    for number, frame in enumerate(line):
        match frame:
            case Snapshot(alarms=alarms, escalations=escalations):
                among = (*alarms, *escalations)
            case AlarmChanged(alarm=alarm):
                among = (alarm,)
            case EscalationChanged(escalation=escalation):
                among = (escalation,)
            case _:
                continue
        if view in among:
            return number, among.index(view)
    raise AssertionError(view)


def _said(value: object) -> Any:
    return json.loads(encode(value))


def written() -> str:
    """The file: a line for each frame, and one for each picture."""
    line = told()
    made: dict[str, Sequence[object]] = {"frames": line, "pictures": shown(line)}
    parts = [
        f'"{name}": [\n' + ",\n".join(encode(one).decode() for one in many) + "\n]"
        for name, many in made.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    KEPT.write_text(written(), encoding="utf-8")

"""What a tick brings is encoded once for each sight, and written to each screen in one piece."""

from __future__ import annotations

from services.contracts.codec import digest
from services.contracts.stored import Actor
from services.desk.adapters.feed_audience import Audience
from services.desk.adapters.websocket_feed import Client
from services.desk.domain.feed_board import Board, Happening, Sight
from services.desk.domain.reading_place import Place
from services.picture.alarm_view import Views
from services.picture.names import Reading
from tests.unit.picture.test_alarm_view import decision, raised

NOW = 10
PEOPLE = (
    Actor(id="1", roles=("operator",)),
    Actor(id="2", roles=("operator",)),
    Actor(id="3", roles=("auditor",)),
)


class Line:
    """A connection that takes everything at once, and keeps what was written."""

    is_open, waiting = True, 0

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, frames: bytes) -> None:
        self.written.append(frames)

    async def said(self) -> bytes:
        raise NotImplementedError

    async def close(self, code: int, reason: str) -> None:
        raise NotImplementedError


def test_people_of_one_sight_are_written_the_very_same_bytes_once_a_tick() -> None:
    board = Board(Views(), {0: Place(0, 0, log_id="log")})
    audience, lines = Audience(board, "run"), [Line() for _ in PEOPLE]
    for person, line in zip(PEOPLE, lines, strict=True):
        audience.join(Client(line, person, person.id.encode(), Sight.of(person)))
    say(audience, [])
    say(audience, happenings(board, "alarm-1", "alarm-2"))
    (_, one), (_, other), (_, auditor) = (line.written for line in lines)
    assert one is other
    assert auditor is not one
    assert one.count(b'"feed.alarm_changed') == 2


def say(audience: Audience, happened: list[Happening]) -> None:
    audience.prepare(NOW)
    audience.say(happened, Reading({}, {}), NOW)


def happenings(board: Board, *alarms: str) -> list[Happening]:
    taken = (
        board.take(0, at, digest(alarm.encode()), decision(raised(alarm=alarm)))
        for at, alarm in enumerate(alarms, 1)
    )
    return [one for one in taken if one is not None]

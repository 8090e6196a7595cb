"""A screen is continued only where nobody can take its picture for somebody else's."""

from __future__ import annotations

import msgspec
from websockets.frames import Frame
from websockets.streams import StreamReader

from services.contracts.stored import Actor
from services.contracts.views import FeedFrame, Resumed, Snapshot
from services.desk.adapters.feed_audience import Audience
from services.desk.adapters.websocket_feed import Client
from services.desk.domain.feed_board import Board, Sight
from services.desk.domain.reading_place import Place
from services.picture.alarm_view import Views
from services.picture.names import Reading

SEAT = b"one session"
OPERATOR = Actor(id="operator-1", roles=("operator",), provider="p1")
MOVED = Actor(id="operator-1", roles=("operator",), provider="p2")
FRAME: msgspec.json.Decoder[FeedFrame] = msgspec.json.Decoder(FeedFrame)


class Line:
    """Takes all at once."""

    is_open, waiting = True, 0

    def __init__(self) -> None:
        self.written = StreamReader()

    def write(self, frames: bytes) -> None:
        self.written.feed_data(frames)

    async def said(self) -> bytes:
        raise NotImplementedError

    async def close(self, code: int, reason: str) -> None:
        raise NotImplementedError


def first_frame(audience: Audience, person: Actor, picture: Snapshot | None = None) -> FeedFrame:
    """What a screen of this session is told first that comes with this picture, and then it is gone."""
    line = Line()
    client = Client(line, person, SEAT, Sight.of(person))
    if picture is not None:
        client.resume, client.picture_of = picture.positions, picture.sight
    audience.join(client)
    audience.prepare(0)
    audience.say([], Reading({}, {}), 0)
    audience.leave(client)
    try:
        next(Frame.parse(line.written.read_exact, mask=False))
    except StopIteration as parsed:
        return FRAME.decode(parsed.value.data)
    raise AssertionError("no whole frame")


def begun(audience: Audience, person: Actor) -> Snapshot:
    """The picture that a screen begins with."""
    frame = first_frame(audience, person)
    assert isinstance(frame, Snapshot)
    return frame


def an_audience(run: str = "run") -> Audience:
    return Audience(Board(Views(), {0: Place(0, 5, log_id="log")}), run)


def test_who_comes_back_as_the_same_is_continued() -> None:
    audience = an_audience()
    assert isinstance(first_frame(audience, OPERATOR, begun(audience, OPERATOR)), Resumed)


def test_a_picture_of_before_somebodys_roles_changed_is_not_continued_as_one_of_after() -> None:
    audience = an_audience()
    before = begun(audience, OPERATOR)
    first_frame(audience, MOVED, before)  # of another tab, or it never arrived
    assert isinstance(first_frame(audience, MOVED, before), Snapshot)
    assert isinstance(first_frame(audience, OPERATOR, before), Resumed)


def test_nor_is_it_by_a_feed_that_began_after_that() -> None:
    before, audience = begun(an_audience("earlier"), OPERATOR), an_audience()
    first_frame(audience, MOVED, before)
    assert isinstance(first_frame(audience, MOVED, before), Snapshot)
    assert isinstance(first_frame(audience, OPERATOR, before), Snapshot)

"""A line that is cut after any frame, as often as it likes: in the end the screen shows what the board knows.

The feed's own board, ring and audience on one side, a screen that folds frames and names its positions on the
other. Mutants of what makes them right die in it.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, cast

import pytest
from websockets.frames import Frame
from websockets.streams import StreamReader

from services.contracts import alarm as a
from services.contracts.codec import digest
from services.contracts.stored import Actor, Sealed
from services.contracts.views import Beat
from services.desk.adapters import feed_audience, websocket_feed
from services.desk.adapters.feed_audience import Audience
from services.desk.adapters.websocket_feed import Client
from services.desk.domain.feed_board import Board, Happening, Sight
from services.desk.domain.feed_ring import Ring
from services.desk.domain.reading_place import Place
from services.picture.alarm_view import Views
from services.picture.names import Reading
from tests.integration.desk.screen import FRAME, Screen
from tests.unit.picture.test_alarm_view import decision, raised

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.contracts.envelope import Event
    from services.desk.ports import Line as LineToScreen

SEED, EPISODES, STEPS = 20_261_121, 300, 100
PARTITIONS = range(3)
BY = Actor(id="operator-1", roles=("operator",), provider="p1")
SIGHT = Sight.of(BY)
HERE: dict[str, Any] = {"provider": "p1", "bureau": "b1"}
ELSEWHERE: dict[str, Any] = {"provider": "p2", "bureau": "b2"}
ADOPTED: dict[str, Any] = {"site": "site", "site_class": "other", "division": "1", "registry_position": 2}
REASON = Sealed(key="k", box=b"")
IN_TIME, KNOWN = 0.9, 0.7
NOW = 10


class Line:
    """A connection of which the screen takes one frame at a time. What it has not taken when it is cut is lost."""

    def __init__(self) -> None:
        self._bytes = StreamReader()
        self.waiting = 0
        self.is_open = True

    def write(self, frames: bytes) -> None:
        """See the port."""
        self._bytes.feed_data(frames)
        self.waiting += len(frames)

    def take(self) -> bytes:
        """The next frame."""
        frame = _returned(Frame.parse(self._bytes.read_exact, mask=False))
        self.waiting -= len(frame.serialize(mask=False))
        return bytes(frame.data)


def _returned(parsing: Any) -> Frame:
    """What a parser returns that never has to wait."""
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    return cast("Frame", parsed.value.value)


class Episode:
    """One life of a feed and its screen."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.board = Board(Views(), {at: Place(at, 0, log_id=f"log-{at}") for at in PARTITIONS})
        self.audience = Audience(self.board, "run")
        self.ends = dict.fromkeys(PARTITIONS, 0)
        self.alarms: dict[int, list[str]] = {at: [] for at in PARTITIONS}
        self.screen = Screen("", BY.id)
        self.cut_under_way = 0
        self.connect()

    def run(self, steps: int) -> None:
        """Anything in any order, then a line that holds."""
        for _ in range(steps):
            self.chance.choice((self.tick, self.tick, self.take, self.take, self.beat, self.cut))()
        for _ in range(3):  # said and seen; or it was too much, then the snapshot; and then a beat
            self.say([], lambda: None)
            self.beat()
            self.take(10_000)

    def judge(self) -> None:
        """The screen shows what the board knows, and says how far it has come."""
        alarms, escalations = self.board.shown(SIGHT, NOW)
        assert {one.id: one for one in self.screen.open_alarms()} == {one.id: one for one in alarms}
        assert self.screen.picture.escalations == {one.id: one for one in escalations}
        assert {at: one.offset for at, one in self.screen.picture.positions.items()} == self.ends

    def connect(self) -> None:
        """A new line. The screen says where it stands; now and then too late."""
        self.line = Line()
        self.client = Client(cast("LineToScreen", self.line), BY, b"seat", SIGHT)
        words = self.screen.picture.resume()
        if self.chance.random() < IN_TIME and words is not None:
            self.client.resume, self.client.picture_of = words.positions, words.sight
        self.audience.join(self.client)

    def cut(self) -> None:
        """Without a word; what is under way is lost. The feed may not know of it yet."""
        self.cut_under_way += self.line.waiting > 0
        if self.chance.random() < KNOWN:
            self.audience.leave(self.client)
        self.connect()

    def tick(self) -> None:
        """Some decisions are read; while names are asked for, anything else may happen."""
        happened = [self.decided() for _ in range(self.chance.randint(0, 4))]
        meanwhile = self.chance.choice((lambda: None, self.beat, self.cut, self.take))
        self.say([one for one in happened if one is not None], meanwhile)

    def say(self, happened: list[Happening], meanwhile: Callable[[], None]) -> None:
        """In the order of `Feed.tick`."""
        self.audience.prepare(NOW)
        meanwhile()
        self.audience.say(happened, Reading({}, {}), NOW)

    def beat(self) -> None:
        """A second is over."""
        self.audience.say_beat(NOW, 0, None)

    def take(self, most: int | None = None) -> None:
        """The screen gets some of what is under way."""
        for _ in range(most or self.chance.randint(1, 5)):
            if self.line.waiting > 0:
                self.screen.fold(FRAME.decode(self.line.take()))

    def decided(self) -> Happening | None:
        """The next decision of a partition: about nothing to see, one alarm, or as many as fell due at once."""
        at = self.chance.choice(PARTITIONS)
        self.ends[at] += 1
        head = digest(b"%d" % self.ends[at])
        return self.board.take(at, self.ends[at], head, decision(*self.events(at)))

    def events(self, at: int) -> list[Event]:
        """What is decided."""
        known = self.alarms[at]
        some = self.chance.sample(known, self.chance.randint(1, min(3, len(known)))) if known else []
        match self.chance.randint(0, 6):
            case 0:
                return []
            case 1:
                return [a.ClaimFellDue(alarm=one) for one in some]
            case 2:
                return [self.adopted(one) for one in some[:1]]
            case 3:
                return [a.AlarmClosed(alarm=one, by=BY, reason=REASON) for one in some[:1]]
            case 4:
                return [
                    a.AlarmEscalated(alarm=one, escalation=f"of-{one}", bureau="b1", by=BY)
                    for one in some[:1]
                ]
            case _:
                return [self.raised(at) for _ in range(self.chance.randint(1, 2))]

    def raised(self, at: int) -> Event:
        """A new alarm, mostly in sight."""
        name = f"a{at}-{len(self.alarms[at])}"
        self.alarms[at].append(name)
        return raised(name, **self.chance.choice((HERE, HERE, ELSEWHERE)))

    def adopted(self, name: str) -> Event:
        """It comes into sight, or leaves it."""
        return a.AlarmAdopted(alarm=name, **ADOPTED, **self.chance.choice((HERE, ELSEWHERE)))


def explore(episodes: int) -> tuple[int, int, int]:
    """Cuts with frames under way, resumptions and snapshots of so many lives. Names the life that went wrong."""
    cuts = resumed = snapshots = 0
    for seed in range(SEED, SEED + episodes):
        episode = Episode(seed)
        try:
            episode.run(STEPS)
            episode.judge()
        except AssertionError as wrong:
            wrong.add_note(f"episode seed {seed}")
            raise
        cuts += episode.cut_under_way
        resumed += episode.screen.resumptions
        snapshots += episode.screen.snapshots
    return cuts, resumed, snapshots


@pytest.fixture(autouse=True)
def _little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is kept ends, and slow screens are found, within an episode."""
    monkeypatch.setattr(Ring, "most", 20)
    monkeypatch.setattr(Client, "full", 3_000)


def test_however_the_line_is_cut_the_screen_becomes_what_the_board_is() -> None:
    tried = explore(EPISODES)
    assert min(tried) > EPISODES * 3, tried


def test_the_model_notices_when_the_rest_of_a_decision_is_not_said_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Happening, "is_many", False)
    with pytest.raises(AssertionError):
        explore(EPISODES)


def test_the_model_notices_when_a_slow_screen_misses_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "write", _write_or_drop)
    with pytest.raises(AssertionError):
        explore(EPISODES)


def test_the_model_notices_when_what_left_the_sight_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_audience, "departs", lambda *_: False)
    with pytest.raises(AssertionError):
        explore(EPISODES)


def test_the_model_notices_when_a_beat_names_more_than_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Episode, "beat", _beat_of_what_is_known)
    with pytest.raises(AssertionError):
        explore(EPISODES)


def _write_or_drop(client: Client, frames: bytes) -> None:
    if client.line.waiting < Client.full and not client.needs_first:
        client.line.write(frames)


def _beat_of_what_is_known(episode: Episode) -> None:
    beat = Beat(at=NOW, behind_ms=0, last_signal_at=None, positions=episode.board.positions(), stopped=())
    episode.client.write(websocket_feed.wire([beat]))

"""Every byte that the feed sends to the police, with everything on the board: no alarm, no filing, no clock of others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from services.contracts.alarm import (
    ClaimFellDue,
    EscalationSignedFor,
    FeedbackGiven,
    PoliceDispatched,
    PoliceOnScene,
)
from services.contracts.stored import Actor
from services.contracts.views import FeedFrame, UndecidedSignal
from services.desk.domain.feed_board import Board, Lanes, Sight, frames, lane_frames
from services.desk.domain.reading_place import Place
from services.desk.handlers.submitting import of_concern
from services.picture.alarm_view import Views
from services.picture.names import Reading
from services.picture.undecided import Undecided
from tests.contracts.samples import sample
from tests.contracts.test_police_words import FORBIDDEN
from tests.unit.picture.test_alarm_view import ESCALATED, VERIFIED, decision, raised

POLICE = Actor(id="zhang", roles=("police",), bureau="b1")
LANE = {0: (Undecided(sample(UndecidedSignal), "p1", "b1"),)}  # type: ignore[arg-type]  # a sample of that very type


def said() -> list[FeedFrame]:
    """Snapshot, changes and lanes of one alarm's whole life."""
    sight, reading = Sight.of(POLICE), Reading({}, {})
    board = Board(Views(), {0: Place(0)})
    told: list[FeedFrame] = []
    acts = (FeedbackGiven, EscalationSignedFor, PoliceDispatched, PoliceOnScene)
    for offset, events in enumerate(
        [(raised(),), (ClaimFellDue(alarm="a1"), VERIFIED), (ESCALATED,), *((_about(act),) for act in acts)]
    ):
        happening = board.take(0, offset, b"\0" * 16, decision(*events))
        assert happening is not None
        told += frames(happening, sight, reading)
    return [board.snapshot(sight, "sight", reading, Lanes(signals=LANE), 1), *told, *lane_frames(LANE, sight)]


def _about(act: type[msgspec.Struct]) -> Any:
    return msgspec.structs.replace(sample(act), alarm="a1", escalation="e1")


def members(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner)


def test_no_frame_to_the_police_carries_a_forbidden_member() -> None:
    frames_said = [json.loads(msgspec.json.encode(one)) for one in said()]
    assert {one["type"] for one in frames_said} == {
        "feed.snapshot.v1",
        "feed.escalation_changed.v1",
        "feed.undecided.v1",
    }
    assert len([one for one in frames_said if one["type"] == "feed.escalation_changed.v1"]) == 5
    assert [name for one in frames_said for name in members(one) if FORBIDDEN.search(name)] == []


def test_no_frame_to_the_police_carries_an_alarm_or_an_undecided_signal() -> None:
    snapshot = json.loads(msgspec.json.encode(said()[0]))
    assert (snapshot["alarms"], snapshot["undecided"]) == ([], [])
    assert len(snapshot["escalations"]) == 1
    assert json.loads(msgspec.json.encode(said()[-1]))["signals"] == []


def test_the_beat_tells_the_police_nothing_of_the_providers_books() -> None:
    assert not Sight.of(POLICE).accounting
    assert Sight.of(Actor(id="li", roles=("operator",))).accounting


def test_an_answer_to_the_police_leaves_out_what_time_brought_to_the_provider() -> None:
    events = (ClaimFellDue(alarm="a1"), raised("system", class_="system"), _about(EscalationSignedFor))
    assert [type(one) for one in of_concern(POLICE, events)] == [EscalationSignedFor]
    assert of_concern(Actor(id="li", roles=("operator",)), events) == list(events)

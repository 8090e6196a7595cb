"""The kept frames are what the product says today, and the simulation's screens show of them what the page shows."""

from __future__ import annotations

import json

import msgspec

from services.contracts.views import AlarmChanged, Beat, EscalationChanged, FeedFrame
from tests.contracts import pictures
from tests.contracts.samples import FRAMES, tag_of

FRAME: msgspec.json.Decoder[list[FeedFrame]] = msgspec.json.Decoder(list[FeedFrame])


def test_the_kept_frames_and_pictures_are_those_of_today() -> None:
    """Else `python -m tests.contracts.pictures`, and look at what changed."""
    assert pictures.KEPT.read_text(encoding="utf-8") == pictures.written()


def test_the_simulation_folds_the_kept_frames_to_the_kept_pictures() -> None:
    kept = json.loads(pictures.KEPT.read_text(encoding="utf-8"))
    assert pictures.shown(FRAME.decode(json.dumps(kept["frames"]))) == kept["pictures"]


def test_in_the_kept_frames_is_whatever_a_picture_can_meet() -> None:
    line = pictures.told()
    shown = pictures.shown(line)
    assert {tag_of(type(frame)) for frame in line} == {tag_of(frame) for frame in FRAMES}
    foreign = {type(frame) for frame, one in zip(line, shown, strict=True) if one["restart"]}
    assert Beat in foreign and foreign & {AlarmChanged, EscalationChanged}
    offsets = [frame.offset for frame in line if isinstance(frame, AlarmChanged)]
    assert offsets != sorted(offsets), "no alarm came late"
    reports = [frame.escalation for frame in line if isinstance(frame, EscalationChanged)]
    assert len(set(reports)) > len({one.id for one in reports}), "no report changed"
    assert shown[-2]["places"] and not shown[-1]["places"]
    for part in ("undecided", "stopped"):
        assert any(one[part] for one in shown) and any(not one[part] for one in shown)

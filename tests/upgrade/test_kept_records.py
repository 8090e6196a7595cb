"""What earlier versions recorded is read by this one: it folds to the same state, and people see what they saw.

What this one would decide otherwise is known, with a reason for each.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from services.alarm_router.domain import answered
from services.alarm_router.domain import state as folds
from services.contracts import alarm as a
from services.contracts.directory import SiteNoted
from services.contracts.envelope import Event
from services.contracts.liveness import SystemFellSilent
from services.law.shelf import shipped
from tests.upgrade import kept_copy, kept_record, kept_state, otherwise
from tests.upgrade.kept_record import KEPT, Kept
from tests.upgrade.otherwise import Because

RELEASES = sorted(KEPT.iterdir())
STATE_IS_ANOTHER = """
the running code folds what that release recorded to another state: what is named here, from these offsets on. A stored
event means for ever what it meant. Let its fold be as it was; what shall mean something else is a new tag (CONTRIBUTING.md)
"""
DECIDED_OTHERWISE = """
the running code decides these otherwise than that release did, or otherwise than is explained. If a rule was changed on
purpose: python -m tests.upgrade.otherwise VERSION "why". If nobody wanted it, it is a fault
"""
# What neither the model's people nor a station that does well come to; the golden files have one of each.
NOT_SAID = {
    "deadline.failed.v1": "said where a rule raises, and no rule is known that does",
    "log.decided_otherwise.v1": "said where a decision is not what its own code decides, and none is known",
}
NOT_KNOWN = {
    "failed": NOT_SAID["deadline.failed.v1"],
    "doubted": NOT_SAID["log.decided_otherwise.v1"],
    kept_state.GIVEN: "given to the machine, and not folded",
}


@pytest.fixture(params=RELEASES, ids=[folder.name for folder in RELEASES])
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def kept(folder: Path) -> Kept:
    return kept_record.read(folder)


def test_people_see_what_they_saw(kept: Kept) -> None:
    assert kept_record.seen(kept.events) == kept.seen


def test_it_folds_to_the_state_that_it_folded_to(folder: Path, kept: Kept) -> None:
    now = kept_state.states(0, kept.events)
    assert not kept_state.otherwise(kept_state.read(folder), now), STATE_IS_ANOTHER


def test_what_would_be_decided_otherwise_is_known_and_has_a_reason(folder: Path, kept: Kept) -> None:
    folded, found = otherwise.decided_again(kept, shipped())
    assert folded.chain.offset == len(kept.events)
    assert not [one for one in found if one.code == folded.code], "what it decided itself, it decides again"
    explained = otherwise.explained(otherwise.read(folder.name))
    assert not otherwise.compared(explained, otherwise.named(found)), DECIDED_OTHERWISE


def test_what_is_kept_says_all_but_these(tmp_path: Path) -> None:
    said: set[str] = set()
    for folder in RELEASES:
        copied = kept_copy.logs_of(kept_copy.unpacked(folder, tmp_path / folder.name))
        for kept in (kept_record.read(folder), *copied.values()):
            said |= kept_record.said(kept.events).keys()
    known = {str(event.__struct_config__.tag) for event in get_args(Event)}
    assert known - said == NOT_SAID.keys()


def test_what_is_kept_knows_all_parts_of_a_state_but_these() -> None:
    known: set[str] = set()
    for folder in RELEASES:
        for kept in (kept_state.read(folder), *(one.states for one in kept_copy.read(folder).values())):
            known |= {part for parts in kept.values() for part in parts}
    assert set(folds.State.__struct_fields__) - known == NOT_KNOWN.keys()


def test_what_a_release_wrote_is_never_written_again() -> None:
    for write in (kept_record.write, kept_state.write):
        with pytest.raises(FileExistsError):
            write(RELEASES[0])
    with pytest.raises(FileExistsError):
        kept_copy.write(RELEASES[0], RELEASES[0])


SOME = 8 * kept_state.EVERY + 1
Alter = Callable[[pytest.MonkeyPatch], None]


def _instead(event: type[msgspec.Struct], fold: Callable[..., object]) -> Alter:
    return lambda patch: patch.setitem(folds.FOLDS, event, fold)


def _besides(event: type[msgspec.Struct], alter: Callable[[Any, Any], object]) -> Alter:
    """The fold as it is, with something else besides."""
    fold = folds.FOLDS[event]

    def altered(state: folds.State, said: Any, at: int) -> None:
        fold(state, said, at)
        alter(state, said)

    return _instead(event, altered)


@pytest.mark.parametrize(
    ("part", "alter"),
    [
        ("lines", _besides(a.SignalRecorded, lambda state, said: state.lines.known[said.signal.line].recent.clear())),
        ("answers_end", lambda patch: patch.setattr(answered, "COMMAND_VALID_US", answered.COMMAND_VALID_US + 1)),
        ("answers", lambda patch: patch.setattr(answered, "CARRIED", "no such id")),
        ("deadlines", _besides(a.AlarmRaised, lambda state, _: state.deadlines.pop())),
        ("silence", _besides(SystemFellSilent, lambda state, _: setattr(state.silence, "changes", 0))),
        ("registry_position", _besides(SiteNoted, lambda state, _: setattr(state, "registry_position", 1))),
        ("groups", _besides(a.AlarmRestored, lambda state, _: state.groups.clear())),
        ("ahead_of", _instead(a.ClockTrusted, lambda *_: None)),
    ],
)  # fmt: skip
def test_a_fold_that_was_altered_where_nobody_sees_it_is_named(
    part: str, alter: Alter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head of the chain and what people see stay as they were: only the state tells."""
    some = kept_record.read(RELEASES[0]).events[:SOME]
    states = {at: one for at, one in kept_state.read(RELEASES[0]).items() if int(at) < SOME}
    seen = kept_record.seen(some)
    with monkeypatch.context() as patch:
        alter(patch)
        assert kept_record.seen(some) == seen
        assert part in kept_state.otherwise(states, kept_state.states(0, some))


def test_an_unaltered_fold_is_not_named() -> None:
    kept = kept_record.read(RELEASES[0])
    states = {at: one for at, one in kept_state.read(RELEASES[0]).items() if int(at) < SOME}
    assert not kept_state.otherwise(states, kept_state.states(0, kept.events[:SOME]))


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"0/3": "events: aa"}, {}),
        ({"0/3": "events: bb"}, {"0/3": "events: bb"}),
        ({"0/3": "events: aa", "0/7": "id: cc"}, {"0/7": "id: cc"}),
        ({}, {"0/3": "no longer events: aa"}),
    ],
)
def test_a_difference_that_is_new_or_another_or_gone_is_told(
    now: dict[str, str], told: dict[str, str]
) -> None:
    assert otherwise.compared(otherwise.explained([Because("a rule", {"0/3": "events: aa"})]), now) == told


def test_nothing_has_two_reasons() -> None:
    with pytest.raises(ValueError, match="0/3"):
        otherwise.explained([Because("one", {"0/3": "id: a"}), Because("two", {"0/3": "id: a"})])

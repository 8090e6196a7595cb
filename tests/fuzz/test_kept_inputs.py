"""Every input that was worth keeping is decoded again as the law of its decoder says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.law import KEPT, MOST_KEPT, MOST_KEPT_BYTES, Target, asked
from tests.fuzz.targets import TARGETS

INPUTS = [
    pytest.param(target, path, id=f"{target.name}/{path.name}")
    for target in TARGETS.values()
    for path in target.kept
]


@pytest.mark.parametrize(("target", "path"), INPUTS)
def test_the_law_holds_for_what_was_kept(target: Target, path: Path) -> None:
    asked(target, path.read_bytes())


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_of_what_was_kept_something_is_decoded_and_it_is_little(target: Target) -> None:
    assert any(asked(target, path.read_bytes()) for path in target.kept)
    assert max(path.stat().st_size for path in target.kept) <= target.most  # else cut
    assert len(target.kept) <= MOST_KEPT
    assert sum(path.stat().st_size for path in target.kept) <= MOST_KEPT_BYTES


def test_no_inputs_are_left_of_a_target_that_is_gone() -> None:
    assert {one.name for one in KEPT.iterdir()} == set(TARGETS)

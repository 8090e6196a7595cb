"""The core under every misfortune at once, and the mutants that show the model would have noticed."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.properties.core.judgement import explore
from tests.properties.core.model import FAULTS, MESSAGES, Rules, Violation
from tests.properties.core.mutants import MUTANTS

SEED = 20_261_121
STEPS = 200_000
MUTANT_STEPS = 40_000


def test_nothing_is_lost_and_nothing_happens_twice() -> None:
    counts: Counter[str] = Counter()
    explore(SEED, STEPS, Rules(), counts)
    rare = {kind: counts[kind] for kind in (*FAULTS, *MESSAGES) if counts[kind] < 1000}
    assert counts["steps"] >= STEPS
    assert not rare
    assert counts["cut found by a reader"] > 500
    assert counts["late reader"] > 1000


@pytest.mark.parametrize("name", MUTANTS)
def test_the_model_kills(name: str) -> None:
    counts: Counter[str] = Counter()
    with pytest.raises(Violation, match="episode seed") as killed:
        explore(SEED, MUTANT_STEPS, MUTANTS[name], counts)
    print(f"{name}: {killed.value}")

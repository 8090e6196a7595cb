"""Whatever is done to the records of an export is found, and the record is named."""

from __future__ import annotations

import random
import secrets
from collections import Counter

from tests.integration.replay.conftest import a_past
from tests.properties.replay.changes import CHANGES, Export, an_export, check

DRAWN = 10_000
DECISIONS = 60
SEED: int | None = None  # put here what a failing run printed


def same(one: Export, other: Export) -> bool:
    """Whether nothing was changed after all."""
    return one.lines == other.lines and one.entry == other.entry


def test_ten_thousand_changes_are_found_and_the_record_is_named() -> None:
    seed = secrets.randbits(32) if SEED is None else SEED
    print(f"seed {seed}")
    draw = random.Random(seed)
    export, kept = an_export(a_past(3, sites=3, records=DECISIONS)[1])
    assert 40 < len(export.lines) <= 200
    assert check(export, kept) is None
    found: Counter[str] = Counter()
    for number in range(DRAWN):
        change = CHANGES[number % len(CHANGES)]
        changed = change(draw, export)
        assert not same(changed.export, export), (seed, number, change.__name__)
        finding = check(changed.export, kept)
        said = (seed, number, change.__name__, finding)
        assert finding is not None, said
        assert finding.partition == 3, said
        assert finding.offset in changed.named, said
        assert not changed.kinds or finding.kind in changed.kinds, said
        found[f"{change.__name__}: {finding.kind}"] += 1
    print(dict(found))
    assert {name.partition(":")[0] for name in found} == {change.__name__ for change in CHANGES}

"""What a manifest under the fuzzer knows of its parts is what is found when they are looked for again, after each edit."""

from __future__ import annotations

import random

from services.station.copies.manifest import MANIFEST
from tests.fuzz.copies import Said, at_edges, right

EDITS = 1000


def test_its_edges_are_those_that_it_has() -> None:
    drawn, done = random.Random(1), 0
    while done < EDITS:
        said = Said(right("manifest").files[MANIFEST])
        for _ in range(40):
            if not said.edges:
                break
            said.edit(*drawn.randbytes(4))
            done += 1
            anew = at_edges(said.whole)
            assert [(id(holder), name) for holder, name in said.edges] == [
                (id(holder), name) for holder, name in anew
            ]

"""What a router knew while it folded the record of a release: its whole state, as hashes of its parts.

Taken at every hundredth decision, since a state holds what is open and little of what was; what is another between two of
them, and then the same again, is seen by what is decided on it (`otherwise`). By names (`by_names`), part by part, so that a
test can say what is folded otherwise, and since when. What a fold is given and not told stays out: the packs it decides by.
`keep` writes them once, beside the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypeAlias

from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from tests.upgrade import kept_record
from tests.upgrade.by_names import digests_of

FILE: Final = "state.json"
EVERY: Final = 100
GIVEN: Final = "law"
States: TypeAlias = dict[str, dict[str, str]]  # behind which offset, which part, and its hash


def states(partition: int, records: Iterable[Record], every: int = EVERY) -> States:
    """What the running code makes of these records, there and at the end."""
    folded: Partition[State] = Partition(AlarmRouter(), partition, "reader")
    found: States = {}
    for record in records:
        if folded.fold(record) is not None and record.offset % every == 0:
            found[str(record.offset)] = digests_of(folded.state, GIVEN)
    found[str(folded.newest)] = digests_of(folded.state, GIVEN)
    return found


def otherwise(kept: States, now: States) -> dict[str, str]:
    """The parts that are others now, each with the offset where that was first seen."""
    found: dict[str, str] = {}
    for offset in sorted(kept.keys() | now.keys(), key=int):
        then, today = kept.get(offset, {}), now.get(offset, {})
        for part in sorted(then.keys() | today.keys()):
            if then.get(part) != today.get(part):
                found.setdefault(part, offset)
    return found


def read(folder: Path) -> States:
    """What was kept beside the record."""
    found: States = json.loads((folder / FILE).read_text(encoding="ascii"))
    return found


def write(folder: Path) -> None:
    """Keep what the running code makes of it. Raises `FileExistsError`."""
    with (folder / FILE).open("x", encoding="ascii") as file:
        file.write(json.dumps(states(0, kept_record.read(folder).events), indent=0) + "\n")

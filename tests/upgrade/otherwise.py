"""What the running code decides otherwise than a kept record has it: which decisions, which parts of them, and why.

One file for each record, `reasons/NAME.json`: reasons, and under each what it explains. `PARTITION/OFFSET` is the inbox
record, behind it stands which parts are others and a hash of what they are now, so a decision that is already explained
cannot become yet another one unseen.

`python -m tests.upgrade.otherwise VERSION "because ..."` puts under that reason all that has none, and takes out what is
no longer so. A difference that nobody wanted is a fault of the rules and no reason.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from services.alarm_router.bootstrap import code_version, law_of
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.eventsourcing.partition import Partition
from services.eventsourcing.shadow import Difference, Shadow
from services.law.pack import Law
from services.law.shelf import shipped
from tests.upgrade import kept_copy, kept_record
from tests.upgrade.by_names import digest_of
from tests.upgrade.kept_record import KEPT, Kept

FOLDER: Final = Path(__file__).parent / "reasons"
NOTHING: Final = "nothing"
Found: TypeAlias = dict[str, str]


class Because(msgspec.Struct, forbid_unknown_fields=True):
    """One reason and what it explains."""

    why: str
    records: Found


def decided_again(kept: Kept, law: Law, partition: int = 0) -> tuple[Partition[State], list[Difference]]:
    """The partition behind its record, and where the running code parts from it."""
    folded: Partition[State] = Partition(AlarmRouter(law), partition, code_version(law))
    shadow = Shadow(folded, partition)
    found: list[Difference] = []
    for record in kept.events:
        wanted = shadow.wanted(record)
        found += shadow.take(record, kept.inbox[wanted.start : wanted.stop])
    return folded, found


def named(differences: Iterable[Difference]) -> Found:
    """Each by its place, with what is told of it."""
    return {f"{one.partition}/{one.source}": _told(one) for one in differences}


def _told(one: Difference) -> str:
    decided = one.decided
    now = NOTHING if decided is None else digest_of([getattr(decided, part) for part in _parts(one)])[:8]
    return f"{' '.join(one.parts)}: {now}"


def _parts(one: Difference) -> Iterable[str]:
    return ("answer", "events") if one.parts == ("decided",) else one.parts


def explained(reasons: Iterable[Because]) -> Found:
    """All that has a reason. Raises `ValueError` where something has two."""
    found: Found = {}
    for because in reasons:
        if twice := found.keys() & because.records.keys():
            raise ValueError(f"explained twice: {sorted(twice)}")
        found |= because.records
    return found


def compared(kept: Found, now: Found) -> dict[str, str]:
    """Where the two part, and how."""
    gone = {one: f"no longer {kept[one]}" for one in kept.keys() - now.keys()}
    return gone | {one: told for one, told in now.items() if kept.get(one) != told}


def of_the_copy(version: str) -> str:
    """The record that a release's copy holds."""
    return f"{version}-copy"


def read(name: str) -> list[Because]:
    """What is explained of a record; nothing where it has no file."""
    file = FOLDER / f"{name}.json"
    return msgspec.json.decode(file.read_bytes(), type=list[Because]) if file.exists() else []


def explain(name: str, now: Mapping[str, str], why: str) -> None:
    """Put under `why` all that has no reason yet, and take out what is no longer so."""
    reasons = read(name)
    for because in reasons:
        because.records = {one: told for one, told in because.records.items() if now.get(one) == told}
    new = {one: told for one, told in now.items() if one not in explained(reasons)}
    same = next((one for one in reasons if one.why == why), None)
    if same is None:
        reasons.append(same := Because(why, {}))
    same.records |= new
    file, told = FOLDER / f"{name}.json", [msgspec.to_builtins(one) for one in reasons if one.records]
    if told:
        file.write_text(json.dumps(told, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    else:
        file.unlink(missing_ok=True)


def found_now(version: str) -> dict[str, Found]:
    """What the running code decides otherwise of all that a release kept, by the names of their records."""
    folder, found = KEPT / version, Found()
    with tempfile.TemporaryDirectory() as made:
        copied = kept_copy.logs_of(kept_copy.unpacked(folder, Path(made)))
    for partition, kept in copied.items():
        found |= named(decided_again(kept, law_of(kept_copy.MODE), partition)[1])
    record = named(decided_again(kept_record.read(folder), shipped())[1])
    return {version: record, of_the_copy(version): found}


if __name__ == "__main__":
    release, reason = sys.argv[1:]
    for record_name, otherwise_now in found_now(release).items():
        explain(record_name, otherwise_now, reason)

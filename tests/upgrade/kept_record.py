"""A record of each release, kept for ever: what was asked, what was decided, and what people saw in the end.

`keep` writes that of the running version, once: a folder that is there is not touched.
Panels, people and programs of the record are those of the simulation (`services/simulation/messages.py`), under one seed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec

from services.alarm_router.bootstrap import code_version, genesis
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.contracts.codec import decode_decision, encode
from services.eventsourcing.partition import Partition
from services.eventsourcing.ports import Record
from services.law.shelf import shipped
from services.picture import alarm_view, interruption_view
from services.simulation.messages import Messages

KEPT = Path(__file__).parent / "kept"
LOG_ID = "01890000-0000-7000-8000-0000000000fe"
START = 1_800_000_000_000_000
STEP_US = 20_000_000
RECORDS = 4_000
QUIET_AFTER, QUIET_US = 400, 3 * 86_400_000_000


class Kept(NamedTuple):
    """The two logs of one partition, and what the version that wrote them made of them."""

    inbox: list[Record]
    events: list[Record]
    seen: dict[str, str]


def read(folder: Path) -> Kept:
    """What lies in `folder`."""
    logs = [_read(folder / f"{name}.jsonl.gz") for name in ("inbox", "events")]
    return Kept(logs[0], logs[1], json.loads((folder / "seen.json").read_text(encoding="utf-8")))


def seen(events: list[Record], partition: int = 0) -> dict[str, str]:
    """What people see when everything was folded by the running code, as hashes."""
    folded: Partition[State] = Partition(AlarmRouter(), partition, "reader")
    views, known = alarm_view.Views(), interruption_view.Interrupted()
    for record in events:
        decision = folded.fold(record)
        if decision is not None:
            views.take(alarm_view.changes(views, partition, record.offset, decision))
            known.take(interruption_view.changes(known, partition, record.offset, decision))
    return {
        "head": folded.chain.head.hex(),
        "alarms": _hash(views.alarms),
        "reports": _hash({name: report.view for name, report in views.reports.items()}),
        "interruptions": _hash(known.interruptions),
        "windows": _hash(known.windows),
    }


def said(events: list[Record]) -> Counter[str]:
    """How often each event was decided, by its tag."""
    return Counter(
        str(event.__struct_config__.tag)
        for record in events
        for event in decode_decision(record.value).events
    )


def write(folder: Path) -> None:
    """Play, decide and keep. Raises `FileExistsError`: what a release wrote is never written again."""
    folder.mkdir(parents=True)
    inbox, events = _play()
    _write(folder / "inbox.jsonl.gz", inbox)
    _write(folder / "events.jsonl.gz", events)
    (folder / "seen.json").write_text(json.dumps(seen(events), indent=1) + "\n", encoding="utf-8")


def _play() -> tuple[list[Record], list[Record]]:
    law = shipped()
    code = code_version(law)
    owned: Partition[State] = Partition(AlarmRouter(law), 0, code)
    events = [Record(0, START, encode(genesis(0, LOG_ID, START, code)))]
    owned.fold(events[0])
    inbox: list[Record] = []
    messages = Messages(Random(1), Counter())
    now = START
    for offset in range(RECORDS):
        now += STEP_US if offset % QUIET_AFTER else QUIET_US
        inbox.append(Record(offset, now, messages.next(owned.state, now)))
        value = owned.decide(inbox[-1])
        if value is not None:
            events.append(Record(owned.chain.offset - 1, now, value))
    return inbox, events


def _hash(views: Mapping[str, msgspec.Struct]) -> str:
    """By what the views hold: a field of a later version, empty for the past, changes nothing."""
    text = json.dumps(_held(msgspec.to_builtins(views)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _held(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: held for key, one in value.items() if (held := _held(one))}
    return [_held(one) for one in value] if isinstance(value, list) else value


def _write(path: Path, records: list[Record]) -> None:
    lines = [json.dumps([one.offset, one.stamp_us, one.value.decode("latin-1")]) for one in records]
    path.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))


def _read(path: Path) -> list[Record]:
    lines = map(json.loads, gzip.decompress(path.read_bytes()).decode().splitlines())
    return [Record(offset, stamp_us, text.encode("latin-1")) for offset, stamp_us, text in lines]

"""A copy of a whole station of each release, kept for ever, and what the version that made it knew and showed of it.

`keep` lets a station live a short life (`a_kept_day`), and keeps what `jiejing backup` made of it as one file. Beside it
stands what the routers knew and what people saw, partition by partition; every later version restores the copy and must
come to the same.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from services.contracts.topics import EVENTS, INBOX
from services.eventsourcing.ports import Record
from services.runtime.settings import Settings
from services.station.copies.files import Copied, records_of
from services.station.copies.manifest import read_manifest
from tests.upgrade import kept_record, kept_state
from tests.upgrade.kept_record import Kept
from tests.upgrade.kept_state import States

FILE: Final = "copy.tar.gz"
FOLDED: Final = "copy.json"
INSIDE: Final = "copy"
EVERY: Final = 1  # it is short
MODE: Final = Settings(demo=True)  # as which the station lived
Logs: TypeAlias = dict[int, Kept]


class Folded(msgspec.Struct, forbid_unknown_fields=True):
    """One partition: what its router knew (`kept_state`), and what people saw (`kept_record.seen`)."""

    states: States
    seen: dict[str, str]


def unpacked(folder: Path, into: Path) -> Path:
    """The copy of a release, as it was made, in the empty folder `into`."""
    with tarfile.open(folder / FILE) as packed:
        packed.extractall(into, filter="data")
    return into / INSIDE


def pack(copy: Path, folder: Path) -> None:
    """Keep a copy. Raises `FileExistsError`."""
    with (folder / FILE).open("xb") as file, tarfile.open(fileobj=file, mode="w:gz") as packed:
        packed.add(copy, INSIDE, filter=_nobodys)


def _nobodys(one: tarfile.TarInfo) -> tarfile.TarInfo:
    one.uid = one.gid = 0
    one.uname = one.gname = ""
    return one


def logs_of(copy: Path) -> Logs:
    """The two logs of each partition, as they lie in the files."""
    found: dict[int, dict[str, list[Record]]] = {}
    for part in read_manifest(copy).topics:
        if part.topic in {EVENTS, INBOX}:
            records = [_record(one) for one in records_of(copy / part.file)]
            found.setdefault(part.partition, {})[part.topic] = records
    return {partition: Kept(its[INBOX], its[EVENTS], {}) for partition, its in found.items()}


def _record(one: Copied) -> Record:
    return Record(one.offset, one.stamp_ms * 1000, one.value or b"")


def folded(logs: Logs) -> dict[int, Folded]:
    """What the running code makes of them."""
    return {
        partition: Folded(
            kept_state.states(partition, kept.events, EVERY), kept_record.seen(kept.events, partition)
        )
        for partition, kept in logs.items()
    }


def read(folder: Path) -> dict[int, Folded]:
    """What was kept beside the copy."""
    return msgspec.json.decode((folder / FOLDED).read_bytes(), type=dict[int, Folded])


def write(folder: Path, copy: Path) -> None:
    """Keep a copy, and what the running code makes of it. Raises `FileExistsError`."""
    pack(copy, folder)
    told = msgspec.to_builtins(folded(logs_of(copy)), str_keys=True)
    with (folder / FOLDED).open("x", encoding="ascii") as file:
        file.write(json.dumps(told, indent=0) + "\n")

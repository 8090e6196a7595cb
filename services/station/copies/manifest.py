"""What a copy says of itself: `manifest.json`, written last, so that a folder without one is no copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from services.contracts.topics import DIRECTORY, EVENTS, INBOX, REGISTRY_EVENTS
from services.station.errors import StationError

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
# In the order in which they are copied: the inbox then reaches at least as far as what was decided. The other topics
# are work under way, which begins anew: the state asks again for what the police are not known to have, and the
# watch of silence gives every line its whole time.
COPIED = (EVENTS, INBOX, DIRECTORY, REGISTRY_EVENTS)
WHOLE = frozenset({EVENTS, INBOX})  # from offset 0 without a gap, and brought back to the same offsets


class TopicPart(msgspec.Struct, frozen=True, kw_only=True):
    """One partition of a topic. `end`: the offset behind its last record; `sha256`: of the file as it lies there.

    Of `alarm.events` also the head of its chain and the name of its log, as they are at the end.
    """

    topic: str
    partition: int
    file: str
    records: int
    end: int
    sha256: str
    head: str = ""
    log_id: str = ""


class TablePart(msgspec.Struct, frozen=True, kw_only=True):
    """One table of PostgreSQL, in the text form of COPY. `table`: with its schema."""

    table: str
    columns: tuple[str, ...]
    file: str
    rows: int
    sha256: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far a process that acts outside had acted when the copy was begun. `head`: hexadecimal."""

    reader: str
    partition: int
    offset: int
    head: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, tag="backup.manifest.v1"):
    """`made_at`: when it was begun, UTC microseconds; `version`: of the release; `line_key`: which key seals lines' keys.

    `tables` stand in an order in which they can be filled; `migrations`: those applied, by name, with their SHA-256.
    """

    made_at: int
    version: str
    topics: tuple[TopicPart, ...]
    tables: tuple[TablePart, ...]
    places: tuple[Place, ...]
    migrations: dict[str, str]
    line_key: str


_MANIFEST = msgspec.json.Decoder(Manifest)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a copy. Raises `StationError`."""
    if not folder.is_dir():
        raise StationError(f"there is no folder {folder}")
    file = folder / MANIFEST
    if not file.exists():
        raise StationError(f"{folder} is no copy, or one that was broken off: it has no {MANIFEST}")
    try:
        return _MANIFEST.decode(file.read_bytes())
    except msgspec.DecodeError as error:
        raise StationError(
            f"{file} was altered, or written by a version that this one does not know ({error})"
        ) from error

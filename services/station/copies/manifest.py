"""What a copy says of itself: `manifest.json`, written last, so that a folder without one is no copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec

from services.contracts.codec import NOT_READ
from services.contracts.stored import MOST, Whole
from services.contracts.topics import DIRECTORY, EVENTS, INBOX, PARTITIONS, REGISTRY_EVENTS
from services.station.errors import StationError

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
# In the order in which they are copied: the inbox then reaches at least as far as what was decided. The other topics
# are work under way, which begins anew: the state asks again for what the police are not known to have, and the
# watch of silence gives every line its whole time.
COPIED = (EVENTS, INBOX, DIRECTORY, REGISTRY_EVENTS)
WHOLE = frozenset({EVENTS, INBOX})  # from offset 0 without a gap, and brought back to the same offsets
# A copy travels, and whoever altered it may have altered its manifest too. What is said here is printed, opened and put
# into databases, so whatever no copy says is refused where it is read.
Word: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[\w./+-]*\Z", max_length=200)]
File: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"\A[a-z0-9_][a-z0-9_.-]*/[a-z0-9_][a-z0-9_.-]*\Z", max_length=200)
]
Head: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{2})*\Z", max_length=64)]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Partition: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=PARTITIONS)]


def topic_file(topic: str, partition: int) -> str:
    """Where the records of a partition lie."""
    return f"{topic}/{partition:02}.gz"


def table_file(table: str) -> str:
    """Where the rows of a table lie. `table`: with its schema."""
    return f"postgres/{table}.copy.gz"


class TopicPart(msgspec.Struct, frozen=True, kw_only=True):
    """One partition of a topic. `end`: the offset behind its last record; `sha256`: of the file as it lies there.

    Of `alarm.events` also the head of its chain and the name of its log, as they are at the end.
    """

    topic: Word
    partition: Partition
    file: File
    records: Number
    end: Number
    sha256: str
    head: Head = ""
    log_id: Word = ""

    @property
    def name(self) -> str:
        """As it is called in words."""
        return f"partition {self.partition} of {self.topic}"

    @property
    def its_file(self) -> str:
        """Where it lies in every copy."""
        return topic_file(self.topic, self.partition)


class TablePart(msgspec.Struct, frozen=True, kw_only=True):
    """One table of PostgreSQL, in the text form of COPY. `table`: with its schema."""

    table: Word
    columns: tuple[Word, ...]
    file: File
    rows: Number
    sha256: str

    @property
    def name(self) -> str:
        """As it is called in words."""
        return self.table

    @property
    def its_file(self) -> str:
        """Where it lies in every copy."""
        return table_file(self.table)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far a process that acts outside had acted when the copy was begun. `head`: hexadecimal."""

    reader: Word
    partition: Partition
    offset: Whole
    head: Head


class Manifest(msgspec.Struct, frozen=True, kw_only=True, tag="backup.manifest.v1"):
    """`made_at`: when it was begun, UTC microseconds; `version`: of the release; `line_key`: which key seals lines' keys.

    `tables` stand in an order in which they can be filled; `migrations`: those applied, by name, with their SHA-256.
    """

    made_at: Whole
    version: Word
    topics: tuple[TopicPart, ...]
    tables: tuple[TablePart, ...]
    places: tuple[Place, ...]
    migrations: dict[Word, str]
    line_key: Word


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
    except OSError as problem:
        raise StationError(f"{file} cannot be read ({problem.strerror})") from problem
    except NOT_READ as error:
        # Where it is: neither what stands there nor what was expected.
        why = str(error).rpartition(" - at ")[2]
        raise StationError(
            f"{file} was altered, or written by a version that this one does not know ({why})"
        ) from error

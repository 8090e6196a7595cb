"""The files of a copy: compressed, each with the SHA-256 of its bytes, open to their owner only.

A topic's file has for each record a line of JSON (offset, stamp, key, length) and the value, byte for byte, and a line
feed: `zcat` shows it.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

import msgspec

from services.contracts.codec import NOT_READ
from services.contracts.stored import MOST
from services.runtime.kafka_clients import REQUEST_BYTES
from services.station.errors import StationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEVEL = 1  # four fifths of what the best gives, in a fifth of its time
BLOCK = 1 << 20
NO_VALUE = -1  # the record of a compacted topic that takes its key away
NO_STAMP = -1  # Kafka's own word for it
MOST_LINE = 2 * REQUEST_BYTES  # a key is in base64 there; Kafka takes no more in one request
UNPACKED_WRONG = (EOFError, OSError, zlib.error)  # what `gzip` raises about bytes that it did not make


class Copied(NamedTuple):
    """A record as it lay in its topic. `stamp_ms`: the broker's or the sender's, as the topic was made."""

    offset: int
    stamp_ms: int
    key: bytes | None
    value: bytes | None


class _Line(msgspec.Struct, frozen=True):
    offset: Annotated[int, msgspec.Meta(ge=0, le=MOST)]
    stamp_ms: Annotated[int, msgspec.Meta(ge=NO_STAMP, le=MOST)]
    key: bytes | None
    length: Annotated[int, msgspec.Meta(ge=NO_VALUE, le=REQUEST_BYTES)]


_LINE = msgspec.json.Decoder(_Line)
_ENCODE = msgspec.json.Encoder().encode


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A disk that does not take it is told as what it is. Raises `StationError`."""
    try:
        yield
    except OSError as problem:
        message = f"{path} cannot be written ({problem.strerror or problem}): make space, or copy into another folder"
        raise StationError(message) from problem


class NewFile:
    """A file of a copy, as it is written. Use it as a context; leaving it syncs. `sha256` is right afterwards.

    Raises `StationError` where the disk does not take it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with writing(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._hash = hashlib.sha256()
        self._zip = gzip.GzipFile("", "wb", LEVEL, self, mtime=0)

    @property
    def sha256(self) -> str:
        """Of what was written, hexadecimal."""
        return self._hash.hexdigest()

    def write(self, packed: bytes) -> int:
        """What the compression gives. Returns how much it was."""
        self._hash.update(packed)
        with writing(self._path):
            return self._file.write(packed)

    def flush(self) -> None:
        """Asked for by the compression."""

    def add(self, content: bytes) -> None:
        """More of the content."""
        self._zip.write(content)

    def add_record(self, record: Copied) -> None:
        """One more record."""
        length = NO_VALUE if record.value is None else len(record.value)
        line = _Line(record.offset, record.stamp_ms, record.key, length)
        self.add(b"%s\n%s\n" % (_ENCODE(line), record.value or b""))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            with writing(self._path):
                self._zip.close()
                self._file.flush()
                os.fsync(self._file.fileno())
        finally:
            with suppress(OSError):  # said above: it flushes once more what the disk did not take
                self._file.close()


def check_bytes(folder: Path, name: str, sha256: str) -> None:
    """Raise `StationError` where the file is not the one that was written."""
    path, found = folder / name, hashlib.sha256()
    if not path.is_file():
        raise StationError(f"{path} is missing: the copy is not whole")
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                found.update(block)
    except OSError as problem:
        raise StationError(f"{path} cannot be read ({problem.strerror})") from problem
    if found.hexdigest() != sha256:
        raise StationError(f"{path} was altered or cut: its SHA-256 is not the one in the manifest")


def records_of(path: Path) -> Iterator[Copied]:
    """The records of a topic's file, one at a time. Raises `StationError` where it is not written as they are."""
    try:
        with gzip.open(path, "rb") as file:
            while text := file.readline(MOST_LINE):
                line = _LINE.decode(text)
                value = file.read(line.length) if line.length >= 0 else None
                if file.read(1) != b"\n" or (value is not None and len(value) != line.length):
                    raise StationError(f"{path} ends inside record {line.offset}")
                yield Copied(line.offset, line.stamp_ms, line.key, value)
    except (*UNPACKED_WRONG, *NOT_READ) as error:
        raise StationError(f"{path} cannot be read as records ({error})") from error


def rows_of(path: Path) -> int:
    """How many rows a table's file has: COPY ends each with the only line feed in it. Raises `StationError`."""
    rows = 0
    try:
        with gzip.open(path, "rb") as file:
            while block := file.read(BLOCK):
                rows += block.count(b"\n")
    except UNPACKED_WRONG as error:
        raise StationError(f"{path} cannot be unpacked ({error})") from error
    return rows

"""Copies of a station that travelled: what one says of itself, and its packed files.

The manifest's own digest proves the whole copy to whoever kept it. Here it was not kept, and who altered a file wrote its
new SHA-256 into the manifest.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgspec
from msgspec.structs import astuple, replace

from services.contracts.topics import DIRECTORY, EVENTS, INBOX, PARTITIONS, REGISTRY_EVENTS
from services.station.copies.check import check, check_records, check_rows
from services.station.copies.files import Copied, check_bytes, records_of
from services.station.copies.manifest import MANIFEST, WHOLE, Manifest, TopicPart, topic_file
from services.station.errors import StationError
from tests.a_copy import copy_in
from tests.fuzz.copies_told import counting, puttable
from tests.fuzz.files import folder
from tests.fuzz.law import Answered, Target, drawn

HOLDERS = frozenset({dict, list})
Edge: TypeAlias = tuple[Any, Any]  # what holds it, under which name or number
TOPICS = (EVENTS, INBOX, DIRECTORY)
FIELDS = ("offset", "stamp_ms", "key", "length")
SAID: tuple[Any, ...] = (
    0,
    1,
    -1,
    -2,
    1 << 20,
    (1 << 20) + 1,
    1 << 31,
    1 << 53,
    1 << 62,
    1 << 63,
    1 << 80,
    1.5,
    None,
    True,
    "",
    "x",
)
WORDS: tuple[Any, ...] = (
    "",
    "../../a",
    "/dev/zero",
    "a/\x1b[2J",
    "a/" + "b" * 300,
    "\x00",
    "é",
    -1,
    1 << 80,
    13,
    None,
    [],
    {},
)
MADE = (*SAID, *WORDS)
EDIT = struct.Struct("4B")  # what to do, to which, where, and with what
WORD = re.compile(r"[\w./+-]{0,200}")
# Of a partition that there is none of: whoever altered a copy may have added it.
BEYOND = topic_file(REGISTRY_EVENTS, 1)


class Right(NamedTuple):
    """A whole copy. `files`: their bytes, as they lie there; `lists`: the records of each partition."""

    place: Path
    manifest: Manifest
    files: dict[str, bytes]
    lists: dict[tuple[str, int], list[Copied]]

    def topic(self, name: str) -> TopicPart:
        """What it says of this file."""
        return next(one for one in self.manifest.topics if one.file == name)


@cache
def right(name: str) -> Right:
    """One of this name."""
    place = folder() / name
    manifest = copy_in(place)
    (place / BEYOND).write_bytes((place / topic_file(REGISTRY_EVENTS, 0)).read_bytes())
    files = {str(one.relative_to(place)): one.read_bytes() for one in place.rglob("*") if one.is_file()}
    return Right(place, manifest, files, lists_of(place, manifest))


def lists_of(place: Path, manifest: Manifest) -> dict[tuple[str, int], list[Copied]]:
    """What would be put back into Kafka."""
    return {(one.topic, one.partition): lying(place, one.file) for one in manifest.topics}


@cache
def lying(place: Path, name: str) -> list[Copied]:
    """The records of a file as it lay there first; a manifest alters none."""
    return list(records_of(place / name))


@cache
def opened(place: Path, name: str) -> int:
    """A file of a copy, to be written again and again."""
    return os.open(place / name, os.O_WRONLY)


def lay(copy: Right, name: str, content: bytes) -> None:
    """It lies there."""
    handle = opened(copy.place, name)
    assert os.pwrite(handle, content, 0) == len(content)
    os.ftruncate(handle, len(content))


@contextmanager
def refused(name: str, *, whole: bool = False) -> Iterator[None]:
    """`StationError` is an answer, if a person can read it and it says of what it speaks, and not of what is `whole`."""
    try:
        yield
    except StationError as error:
        told = str(error)
    else:
        return
    assert told.isprintable() and name in told and not whole
    raise Answered


def edits_of(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Four bytes each; what is left over says nothing."""
    return EDIT.iter_unpack(data[: len(data) - len(data) % EDIT.size])


def at_edges(said: Any) -> list[Edge]:
    """Of everything in it, each before what lies in that."""
    values: Any = said.values() if isinstance(said, dict) else said
    names: Any = said if isinstance(said, dict) else range(len(said))
    if HOLDERS.isdisjoint(map(type, values)):
        return list(zip(repeat(said), names))  # the first has no end
    edges: list[Edge] = []
    for name, one in zip(names, values, strict=True):
        edges.append((said, name))
        edges += within(one)
    return edges


def within(said: Any) -> list[Edge]:
    """The same of what may hold nothing."""
    return at_edges(said) if type(said) in HOLDERS else []


def copied(said: Any) -> Any:
    """The same, to be changed by itself."""
    if isinstance(said, dict):
        return {name: copied(one) for name, one in said.items()}
    return [copied(one) for one in said] if isinstance(said, list) else said


class Said:
    """A manifest while it is changed. `edges`: of all that is in it, kept right, for to look for them takes the longest."""

    def __init__(self, packed: bytes) -> None:
        self.whole = msgspec.json.decode(packed)
        self.edges = at_edges(self.whole)

    def edit(self, do: int, which: int, more: int, what: int) -> None:
        """One edit. It has an edge at least."""
        at = (which << 8 | more) % len(self.edges)
        holder, name = self.edges[at]
        other, its_name = self.edges[what % len(self.edges)]
        match do % 5:
            case 0:
                self._put(at, copied(MADE[what % len(MADE)]))
            case 1:
                self._put(at, copied(other[its_name]))
            case 2 if isinstance(holder, list):
                holder.insert(what % (len(holder) + 1), copied(holder[name]))
                self.edges = at_edges(self.whole)
            case 3:
                self._drop(at)
            case _:
                text = f"{holder[name]}"
                self._put(at, text[: what % (len(text) + 1)] + chr(more) + text[what % (len(text) + 1) :])

    def _put(self, at: int, one: Any) -> None:
        holder, name = self.edges[at]
        self.edges[at + 1 : at + 1 + len(within(holder[name]))] = within(one)
        holder[name] = one

    def _drop(self, at: int) -> None:
        holder, name = self.edges[at]
        one = holder.pop(name)
        if isinstance(holder, list):  # the rest of it are called otherwise now
            self.edges = at_edges(self.whole)
        else:
            del self.edges[at : at + 1 + len(within(one))]


def resaid(data: bytes) -> bytes:
    """The right manifest with other words, numbers and parts in it."""
    said = Said(right("manifest").files[MANIFEST])
    for edit in edits_of(data):
        if not said.edges:
            break
        said.edit(*edit)
    return json.dumps(said.whole).encode()


@cache
def resaid_right() -> bytes:
    """No edit."""
    return resaid(b"")


def manifest_law(data: bytes) -> None:
    """Whatever a manifest says, what would be put back is what was copied, or it is refused in words of ours.

    Nothing but its digest proves its times, places and names of columns; they are such that they can be put back.
    """
    how, data = drawn(data, 2)
    copy = right("manifest")
    said = resaid(data) if how else data
    lay(copy, MANIFEST, said)
    with refused(str(copy.place), whole=said in {copy.files[MANIFEST], resaid_right()}):
        manifest = check(copy.place, lambda *_: None)
    found = lists_of(copy.place, manifest)
    assert found == {place: copy.lists[place] for place in found}
    assert {place for place in copy.lists if place[0] in WHOLE} <= found.keys()
    assert len(found) == len(manifest.topics)
    assert set(map(astuple, manifest.topics)) <= set(map(astuple, copy.manifest.topics))
    (table,) = copy.manifest.tables
    assert [astuple(replace(one, columns=table.columns)) for one in manifest.tables] in ([], [astuple(table)])
    assert all(
        bytes.fromhex(one.head) is not None and 0 <= one.partition < PARTITIONS for one in manifest.places
    )
    assert all(WORD.fullmatch(one) for one in words_of(manifest))


def words_of(manifest: Manifest) -> Iterator[str]:
    """What is printed, and put into statements, as it stands there."""
    yield from (manifest.version, manifest.line_key, *manifest.migrations)
    yield from (one.reader for one in manifest.places)
    for table in manifest.tables:
        yield from table.columns


class Lines:
    """A record as it lies in a file. `head`: its bytes, or what they say where that was changed last."""

    def __init__(self, head: bytearray | dict[str, Any], value: bytearray) -> None:
        self.head, self.value = head, value

    def twin(self) -> Lines:
        """Another one like it."""
        return Lines(self.head.copy(), self.value[:])

    @property
    def written(self) -> bytearray:
        """The head's bytes, which may be altered."""
        if isinstance(self.head, dict):
            self.head = bytearray(json.dumps(self.head).encode())
        return self.head

    @property
    def told(self) -> dict[str, Any]:
        """What the head says, which may be altered; nothing where it is none any more."""
        if not isinstance(self.head, dict):
            try:
                said = json.loads(self.head)
            except ValueError:
                said = None
            self.head = said if isinstance(said, dict) else {}
        return self.head


@cache
def lines_of(topic: str) -> tuple[tuple[bytes, bytes], ...]:
    """The right ones: heads and values."""
    lines = gzip.decompress(right("file").files[f"{topic}/00.gz"]).split(b"\n")[:-1]
    return tuple(zip(lines[::2], lines[1::2], strict=True))


def relisted(topic: str, data: bytes) -> bytes:
    """The right records of a partition with other bytes, heads and places."""
    records = [Lines(bytearray(head), bytearray(value)) for head, value in lines_of(topic)]
    for do, which, where, what in edits_of(data):
        if not records:
            break
        at = which % len(records)
        one = records[at]
        match do % 6:
            case 0:
                one.written[where % len(one.written)] = what
            case 1 if one.value:
                one.value[(where << 8 | which) % len(one.value)] = what
            case 2:
                one.told[FIELDS[where % 4]] = SAID[what % len(SAID)]
            case 3:
                del records[at]
            case 4:
                records.insert(where % (len(records) + 1), one.twin())
            case _:
                del one.value[where << 8 | what :]
    return b"".join(b"%s\n%s\n" % (one.written, one.value) for one in records)


@cache
def relisted_right(topic: str) -> bytes:
    """No edit."""
    return relisted(topic, b"")


def repacked(name: str, data: bytes) -> bytes:
    """The right file with other bytes in it, and cut."""
    made = bytearray(right("file").files[name])
    for do, high, low, what in edits_of(data):
        place = (high << 8 | low) % (len(made) or 1)
        if not do % 8:
            del made[place:]
        elif made:
            made[place] = what
        else:
            made.append(what)
    return bytes(made)


@cache
def decisions() -> tuple[list[bytes], str]:
    """Those that count, of the right record."""
    return counting(right("file").lists[EVENTS, 0])


def topic_law(data: bytes) -> None:
    """A file of records is the one that was written, or has as many in their order, which Kafka takes, and of the record
    exactly the decisions that count; or it is refused by its name."""
    which, data = drawn(data, 3 * len(TOPICS))
    topic, how = TOPICS[which % 3], which // 3
    copy, name = right("file"), f"{topic}/00.gz"
    part = copy.topic(name)
    match how:
        case 0:
            packed = as_gzip(relisted(topic, data))
        case 1:
            packed = repacked(name, data)
        case _:
            packed = as_gzip(data)
    put(copy, name, part.sha256, packed)
    with refused(name, whole=packed in {copy.files[name], as_gzip(relisted_right(topic))}):
        check_records(copy.place, part)
    found = list(records_of(copy.place / name))
    puttable(found, gzip.decompress(packed))
    assert len(found) == part.records and found[-1].offset == part.end - 1
    if topic == EVENTS:
        assert counting(found) == decisions()


def table_law(data: bytes) -> None:
    """A table's file is the one that was written, or has as many rows; or it is refused by its name."""
    how, data = drawn(data, 2)
    copy = right("file")
    (part,) = copy.manifest.tables
    put(copy, part.file, part.sha256, repacked(part.file, data) if how else as_gzip(data))
    with refused(part.file):
        check_rows(copy.place, part)
    assert gzip.decompress((copy.place / part.file).read_bytes()).count(b"\n") == part.rows


def as_gzip(content: bytes) -> bytes:
    """Packed without being made smaller, the same each time."""
    return gzip.compress(content, 0, mtime=0)


def put(copy: Right, name: str, sha256: str, packed: bytes) -> None:
    """It lies there; whoever has the right manifest is told if and only if a byte is another."""
    lay(copy, name, packed)
    try:
        check_bytes(copy.place, name, sha256)
    except StationError:
        assert packed != copy.files[name]
    else:
        assert packed == copy.files[name]


TARGETS = (
    Target("copy_manifest", manifest_law, 8192),
    Target("copy_records", topic_law, 4096),
    Target("copy_table", table_law, 1024),
)

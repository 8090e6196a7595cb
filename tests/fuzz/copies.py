"""Copies of a station that travelled: what one says of itself, and its packed files.

The manifest's own digest proves the whole copy to whoever kept it. Here it was not kept, and who altered a file wrote its
new SHA-256 into the manifest.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka.record.default_records import DefaultRecordBatchBuilder

from services.contracts.topics import DIRECTORY, EVENTS, INBOX
from services.eventsourcing.counting import Chain
from services.eventsourcing.ports import Record
from services.replay.domain.links import link_of
from services.station.copies.check import check, check_records, check_rows
from services.station.copies.files import Copied, check_bytes, records_of, rows_of
from services.station.copies.manifest import MANIFEST, WHOLE, Manifest
from services.station.errors import StationError
from tests.a_copy import copy_in
from tests.fuzz.files import folder
from tests.fuzz.law import Answered, Target, drawn

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
EDIT_BYTES = 4
ROOM = 1 << 21  # of a request to Kafka


class Right(NamedTuple):
    """A whole copy. `files`: their bytes, as they lie there; `lists`: the records of each partition."""

    place: Path
    manifest: Manifest
    files: dict[str, bytes]
    lists: dict[tuple[str, int], list[Copied]]


@cache
def right(name: str) -> Right:
    """One of this name."""
    place = folder() / name
    manifest = copy_in(place)
    files = {str(one.relative_to(place)): one.read_bytes() for one in place.rglob("*") if one.is_file()}
    return Right(place, manifest, files, lists_of(place, manifest))


def lists_of(place: Path, manifest: Manifest) -> dict[tuple[str, int], list[Copied]]:
    """What would be put back into Kafka."""
    return {(one.topic, one.partition): list(records_of(place / one.file)) for one in manifest.topics}


@contextmanager
def refused(name: str) -> Iterator[None]:
    """`StationError` is an answer, if a person can read it and it says of what it speaks."""
    try:
        yield
    except StationError as error:
        told = str(error)
    else:
        return
    assert told.isprintable() and name in told
    raise Answered


def edits_of(data: bytes) -> Iterator[bytes]:
    """What to do, to which, where, and with what."""
    return (data[at : at + EDIT_BYTES] for at in range(0, len(data) - EDIT_BYTES + 1, EDIT_BYTES))


def at_edges(said: Any) -> list[tuple[Any, Any]]:
    """(what holds it, under which name or number) of everything in it."""
    names = list(said) if isinstance(said, dict) else range(len(said)) if isinstance(said, list) else ()
    return [edge for name in names for edge in ((said, name), *at_edges(said[name]))]


def copied(said: Any) -> Any:
    """The same, to be changed by itself."""
    return json.loads(json.dumps(said))


def resaid(data: bytes) -> bytes:
    """The right manifest with other words, numbers and parts in it."""
    said = json.loads(right("manifest").files[MANIFEST])
    for do, which, more, what in edits_of(data):
        edges = at_edges(said)
        if not edges:
            break
        holder, name = edges[(which << 8 | more) % len(edges)]
        other, its_name = edges[what % len(edges)]
        match do % 5:
            case 0:
                holder[name] = copied((*SAID, *WORDS)[what % len((*SAID, *WORDS))])
            case 1:
                holder[name] = copied(other[its_name])
            case 2 if isinstance(holder, list):
                holder.insert(what % (len(holder) + 1), copied(holder[name]))
            case 3:
                del holder[name]
            case _:
                text = f"{holder[name]}"
                holder[name] = text[: what % (len(text) + 1)] + chr(more) + text[what % (len(text) + 1) :]
    return json.dumps(said).encode()


def manifest_law(data: bytes) -> None:
    """Whatever a manifest says, what would be put back is what was copied, or it is refused in words of ours.

    Nothing but its digest proves its times, places and names of tables; they are such that they can be put back.
    """
    how, data = drawn(data, 2)
    copy = right("manifest")
    (copy.place / MANIFEST).write_bytes(resaid(data) if how else data)
    with refused(str(copy.place)):
        manifest = check(copy.place, lambda *_: None)
    found = lists_of(copy.place, manifest)
    assert found == {place: copy.lists[place] for place in found}
    assert {place for place in copy.lists if place[0] in WHOLE} <= found.keys()
    for part in manifest.tables:
        assert rows_of(copy.place / part.file) == part.rows
    assert all(bytes.fromhex(one.head) is not None for one in manifest.places)


def relisted(topic: str, data: bytes) -> bytes:
    """The right records of a partition with other bytes, heads and places."""
    lines = gzip.decompress(right("file").files[f"{topic}/00.gz"]).split(b"\n")[:-1]
    pairs = [(bytearray(head), bytearray(value)) for head, value in zip(lines[::2], lines[1::2], strict=True)]
    for do, which, where, what in edits_of(data):
        if not pairs:
            break
        at = which % len(pairs)
        head, value = pairs[at]
        match do % 6:
            case 0:
                head[where % len(head)] = what
            case 1 if value:
                value[(where << 8 | which) % len(value)] = what
            case 2:
                said = {**json.loads(right_head(pairs, at)), FIELDS[where % 4]: SAID[what % len(SAID)]}
                head[:] = json.dumps(said).encode()
            case 3:
                del pairs[at]
            case 4:
                pairs.insert(where % (len(pairs) + 1), (head[:], value[:]))
            case _:
                del value[where << 8 | what :]
    return b"".join(b"%s\n%s\n" % pair for pair in pairs)


def right_head(pairs: list[tuple[bytearray, bytearray]], at: int) -> bytes:
    """The head of a record, or one that says nothing where it is none any more."""
    try:
        return bytes(pairs[at][0]) if isinstance(json.loads(pairs[at][0]), dict) else b"{}"
    except ValueError:
        return b"{}"


def repacked(name: str, data: bytes) -> bytes:
    """The right file with other bytes in it, and cut."""
    made = bytearray(right("file").files[name])
    for do, high, low, what in edits_of(data):
        place = (high << 8 | low) % (len(made) or 1)
        if do % 8:
            made[place : place + 1] = bytes([what])
        else:
            del made[place:]
    return bytes(made)


def counting(records: list[Copied]) -> list[bytes | None]:
    """The values that count."""
    chain, found = Chain(), []
    for one in records:
        link = link_of(one.value or b"")
        if link and chain.follows(Record(one.offset, 0, one.value or b""), link.lies_at, link.prev):
            found.append(one.value)
    return found


def topic_law(data: bytes) -> None:
    """A file of records is the one that was written, or has as many in their order, which Kafka takes, and of the record
    exactly the decisions that count; or it is refused by its name."""
    which, data = drawn(data, 3 * len(TOPICS))
    topic, how = TOPICS[which % 3], which // 3
    copy, name = right("file"), f"{TOPICS[which % 3]}/00.gz"
    packed = (gzip.compress(relisted(topic, data), 0), repacked(name, data), gzip.compress(data, 0))[how]
    (part,) = [one for one in copy.manifest.topics if one.file == name]
    put(copy, name, part.sha256, packed)
    with refused(name):
        check_records(copy.place, part)
    found = list(records_of(copy.place / name))
    offsets = [one.offset for one in found]
    assert len(found) == part.records and offsets == sorted(set(offsets)) and offsets[-1:] == [part.end - 1]
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, ROOM)
    for at, one in enumerate(found):
        assert builder.append(at, one.stamp_ms, one.key, one.value, []) is not None
    if topic == EVENTS:
        assert counting(found) == counting(copy.lists[EVENTS, 0])


def table_law(data: bytes) -> None:
    """A table's file is the one that was written, or has as many rows; or it is refused by its name."""
    how, data = drawn(data, 2)
    copy = right("file")
    (part,) = copy.manifest.tables
    put(copy, part.file, part.sha256, repacked(part.file, data) if how else gzip.compress(data, 0))
    with refused(part.file):
        check_rows(copy.place, part)
    assert gzip.decompress((copy.place / part.file).read_bytes()).count(b"\n") == part.rows


def put(copy: Right, name: str, sha256: str, packed: bytes) -> None:
    """It lies there; whoever has the right manifest is told if and only if a byte is another."""
    (copy.place / name).write_bytes(packed)
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

"""A copy that travelled is whole, or the check says in its own words what is wrong with it, and reads no more than it must."""

from __future__ import annotations

import gzip
import hashlib
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.station.copies.check import check
from services.station.copies.manifest import MANIFEST, Manifest
from services.station.errors import StationError
from tests.a_copy import copy_in, write

EVENTS, INBOX, LINES = "alarm.events/00.gz", "alarm.inbox/00.gz", "registry.directory/00.gz"
TABLE = "postgres/sealing.key.copy.gz"
MOST_TAKEN = 16 << 20
LINE = b'{"offset":0,"stamp_ms":1,"key":null,"length":%d}\n'


class Copy:
    """One that can be altered by whoever alters its manifest too."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.manifest = folder, copy_in(folder)

    def put(self, name: str, packed: bytes) -> None:
        """These bytes, and their SHA-256 where it is asked for."""
        (self.folder / name).write_bytes(packed)
        sha256 = hashlib.sha256(packed).hexdigest()
        self.say(
            topics=[_renewed(one, name, sha256=sha256) for one in self.manifest.topics],
            tables=[_renewed(one, name, sha256=sha256) for one in self.manifest.tables],
        )

    def say(self, **changes: Any) -> None:
        """Another manifest."""
        self.manifest = msgspec.structs.replace(self.manifest, **changes)
        write(self.folder, self.manifest)

    def say_of(self, name: str, **changes: Any) -> None:
        """The same of one file."""
        self.say(
            topics=[_renewed(one, name, **changes) for one in self.manifest.topics],
            tables=[_renewed(one, name, **changes) for one in self.manifest.tables],
        )

    def check(self) -> Manifest:
        """Whether it is whole."""
        return check(self.folder, lambda *_: None)


def _renewed(part: Any, name: str, **changes: Any) -> Any:
    return msgspec.structs.replace(part, **changes) if part.file == name else part


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "copy")


def test_one_that_nobody_touched_is_whole(copy: Copy) -> None:
    assert copy.check().version == "0.1.0"


@pytest.mark.parametrize(
    "bad",
    [
        b"\xff",
        b'{"type":"backup.manifest.v1","version":"\xff"}',
        b'{"type":"backup.manifest.v1\\u001b[2J"}',
        b"[" * 100_000,
    ],
)
def test_a_manifest_that_nobody_can_read_is_told_as_one(copy: Copy, bad: bytes) -> None:
    (copy.folder / MANIFEST).write_bytes(bad)
    with pytest.raises(StationError, match="was altered") as told:
        copy.check()
    assert str(told.value).isprintable()


def test_a_manifest_that_is_a_folder_is_told_as_one(copy: Copy) -> None:
    (copy.folder / MANIFEST).unlink()
    (copy.folder / MANIFEST).mkdir()
    with pytest.raises(StationError, match="cannot be read"):
        copy.check()


@pytest.mark.parametrize(
    "changes",
    [
        {"file": "../elsewhere.gz"},
        {"file": "/etc/hostname"},
        {"file": "alarm.events/" + "0" * 300},
        {"file": "alarm.events/\x1b[2J.gz"},
        {"partition": 12},
        {"end": 1 << 63},
    ],
)
def test_a_manifest_that_says_what_none_says_is_refused(copy: Copy, changes: dict[str, Any]) -> None:
    copy.say_of(EVENTS, **changes)
    with pytest.raises(StationError, match="was altered") as told:
        copy.check()
    assert str(told.value).isprintable()
    assert next(iter(changes)) in str(told.value)
    assert "Expected" not in str(told.value)


def test_a_place_that_restoring_could_not_write_is_refused_before_anything_is_made(copy: Copy) -> None:
    copy.say(places=[msgspec.structs.replace(copy.manifest.places[0], head="no hexadecimal")])
    with pytest.raises(StationError, match="was altered"):
        copy.check()


def test_a_partition_that_stands_in_it_twice_is_refused(copy: Copy) -> None:
    (first,) = [one for one in copy.manifest.topics if one.file == LINES]
    copy.say(topics=(*copy.manifest.topics, first))
    with pytest.raises(StationError, match="twice"):
        copy.check()


def test_a_topic_that_is_never_copied_is_refused(copy: Copy) -> None:
    copy.say_of(LINES, topic="police.orders")
    with pytest.raises(StationError, match=r"police\.orders"):
        copy.check()


def test_a_partition_that_its_topic_does_not_have_is_refused(copy: Copy) -> None:
    (copy.folder / "registry.events/00.gz").rename(copy.folder / "registry.events/01.gz")
    copy.say_of("registry.events/00.gz", partition=1, file="registry.events/01.gz")
    with pytest.raises(StationError, match=r"partition 1 of registry\.events, and there is none"):
        copy.check()


@pytest.mark.parametrize(
    ("name", "changes"),
    [(LINES, {"partition": 2}), (LINES, {"topic": "registry.events"}), (TABLE, {"table": "identity.person"})],
)
def test_a_file_that_is_told_to_be_another_s_is_refused(
    copy: Copy, name: str, changes: dict[str, Any]
) -> None:
    copy.say(topics=[one for one in copy.manifest.topics if one.topic != "registry.events"])
    copy.say_of(name, **changes)
    with pytest.raises(StationError, match="is not the file of") as told:
        copy.check()
    assert name in str(told.value)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\n",
        b'{"offset":0,"stamp_ms":1,"key":"%s","length":0}\n\n' % (b"\xff" * 8),
        b"[" * 100_000 + b"\n",
        LINE % (1 << 62) + b"x\n",
        LINE % (1 << 80) + b"x\n",
        LINE % -2 + b"\n",
        LINE.replace(b'"stamp_ms":1', b'"stamp_ms":9223372036854775808') % 0 + b"\n",
        LINE.replace(b'"offset":0', b'"offset":-1') % 0 + b"\n",
    ],
)
@pytest.mark.parametrize("name", [INBOX, LINES])
def test_lines_that_are_no_records_are_told_as_such(copy: Copy, name: str, content: bytes) -> None:
    copy.put(name, gzip.compress(content))
    with pytest.raises(StationError, match="cannot be read as records") as told:
        copy.check()
    assert name in str(told.value)


def test_records_that_stand_out_of_their_order_are_refused(copy: Copy) -> None:
    lines = [LINE.replace(b'"offset":0', b'"offset":%d' % at) % 0 + b"\n" for at in (5, 4)]
    copy.put(LINES, gzip.compress(b"".join(lines)))
    copy.say_of(LINES, records=2, end=5)
    with pytest.raises(StationError, match="has offset 4"):
        copy.check()


@pytest.mark.parametrize("packed", [b"no gzip", gzip.compress(b"a\tb\n" * 9)[:-9]])
def test_a_table_that_cannot_be_unpacked_is_refused_by_its_name(copy: Copy, packed: bytes) -> None:
    copy.put(TABLE, packed)
    with pytest.raises(StationError, match="cannot be unpacked") as told:
        copy.check()
    assert TABLE in str(told.value)


def test_a_table_with_other_rows_than_the_manifest_says_is_refused_before_anything_is_made(
    copy: Copy,
) -> None:
    copy.put(TABLE, gzip.compress(b"site\tk1\t\\\\x00ff\n"))
    with pytest.raises(StationError, match="1 rows"):
        copy.check()


BOMB = 64 << 20


@pytest.mark.parametrize(
    ("name", "unpacked", "told"),
    [
        (INBOX, lambda: b"0" * BOMB, "cannot be read as records"),
        (INBOX, lambda: LINE % (BOMB - 100) + b"0" * BOMB, "cannot be read as records"),
        (LINES, lambda: (LINE % 0 + b"\n") * (BOMB // 50), "has offset 0"),
        (TABLE, lambda: b"0" * BOMB, "0 rows"),
    ],
)
def test_what_unpacks_to_more_than_there_can_be_takes_no_room(
    copy: Copy, name: str, unpacked: Callable[[], bytes], told: str
) -> None:
    copy.put(name, gzip.compress(unpacked(), 1))
    tracemalloc.start()
    try:
        with pytest.raises(StationError, match=told):
            copy.check()
        assert tracemalloc.get_traced_memory()[1] < MOST_TAKEN
    finally:
        tracemalloc.stop()

"""Faults planted in the check of a copy: of each, a kept input says that it is there.

What lies in the check twice is not planted: that no value is cut, for what cuts one cuts the line feed behind it too, and
how large an offset is, for the manifest bounds the end of its file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import getsource, unwrap
from operator import attrgetter
from types import FunctionType, ModuleType
from typing import NamedTuple

import pytest

from services.eventsourcing import counting
from services.station.copies import chain, check, files, manifest, topics
from tests.fuzz.copies import TOPICS, decisions, right
from tests.fuzz.law import Target, asked
from tests.fuzz.targets import TARGETS


class Plant(NamedTuple):
    """`was` becomes `becomes` in what `module` calls `thing`: a function, or what was made once."""

    module: ModuleType
    thing: str
    was: str
    becomes: str


PLANTS: dict[str, dict[str, Plant]] = {
    "copy_manifest": {
        "bytes not asked for": Plant(check, "check", "check_bytes(folder, part.file, part.sha256)", "pass"),
        "bytes of topics alone": Plant(check, "check", "for part in files", "for part in manifest.topics"),
        "records not asked for": Plant(check, "check", "check_records(folder, one)", "pass"),
        "rows not asked for": Plant(check, "check", "check_rows(folder, table)", "pass"),
        "end not compared": Plant(check, "check_records", "(count, end, linked", "(count, part.end, linked"),
        "head not compared": Plant(
            check, "check_records", 'linked.head if part.topic == EVENTS else ""', "part.head"
        ),
        "chain not followed": Plant(
            check, "check_records", "linked.take(record.offset, record.value)", "pass"
        ),
        "another file": Plant(check, "_check_parts", "part.file != part.its_file", "False"),
        "a part twice": Plant(check, "_check_parts", "count > 1", "False"),
        "partitions lacking": Plant(check, "_check_parts", "!= len(WHOLE) * PARTITIONS", "< 0"),
        "unknown topic": Plant(check, "_check_parts", "one.topic not in partitions", "False"),
        "no such partition": Plant(check, "_check_parts", "one.partition >= partitions[one.topic]", "False"),
        "a partition too many": Plant(
            topics, "copied_partitions", "one.partitions for", "one.partitions + 1 for"
        ),
        "a topic too few": Plant(topics, "copied_partitions", "copied_topics()[1]", "copied_topics()[1][1:]"),
        "any path": Plant(
            manifest, "_MANIFEST", r'r"\A[a-z0-9_][a-z0-9_.-]*/[a-z0-9_][a-z0-9_.-]*\Z"', 'r".*"'
        ),
        "any word": Plant(manifest, "_MANIFEST", r'r"\A[\w./+-]*\Z"', 'r"(?s).*"'),
        "any head": Plant(manifest, "_MANIFEST", r'r"\A([0-9a-f]{2})*\Z"', 'r".*"'),
        "any partition": Plant(manifest, "_MANIFEST", "ge=0, lt=PARTITIONS", "ge=0"),
        "error as it comes": Plant(manifest, "read_manifest", '.rpartition(" - at ")[2]', ""),
        "unreadable not mapped": Plant(manifest, "read_manifest", "NOT_READ as error", "KeyError as error"),
    },
    "copy_sealed": {
        "records not asked for": Plant(check, "check", "check_records(folder, one)", "pass"),
        "order not asked for": Plant(check, "check_records", "record.offset < end or ", ""),
        "a gap": Plant(check, "check_records", "part.topic in WHOLE and record.offset != end", "False"),
        "chain not followed": Plant(
            check, "check_records", "linked.take(record.offset, record.value)", "pass"
        ),
        "broken not mapped": Plant(check, "check_records", "LogBroken as error", "KeyError as error"),
        "another prev": Plant(counting, "Chain.follows", "prev != self.head", "False"),
        "no decision": Plant(
            chain, "Linked.take", 'raise LogBroken(f"offset {offset} holds no decision")', "return"
        ),
        "stamp too small": Plant(files, "_LINE", "ge=NO_STAMP, le=MOST", "le=MOST"),
        "stamp too large": Plant(files, "_LINE", "ge=NO_STAMP, le=MOST", "ge=NO_STAMP"),
        "length too small": Plant(files, "_LINE", "ge=NO_VALUE, le=REQUEST_BYTES", "le=REQUEST_BYTES"),
        "undecodable not mapped": Plant(
            files, "records_of", "*UNPACKED_WRONG, *NOT_READ", "*UNPACKED_WRONG,"
        ),
        "a value lost": Plant(
            files, "records_of", "line.key, value)", 'line.key, value if line.offset != 5 else b"")'
        ),
    },
    "copy_records": {
        "other bytes": Plant(files, "check_bytes", "found.hexdigest() != sha256", "False"),
        "first bytes alone": Plant(files, "check_bytes", "found.update(block)", "found.update(block[:40])"),
        "count not compared": Plant(
            check, "check_records", "(count, end, linked", "(part.records, end, linked"
        ),
        "end not compared": Plant(check, "check_records", "(count, end, linked", "(count, part.end, linked"),
        "another prev": Plant(counting, "Chain.follows", "prev != self.head", "False"),
        "no line feed": Plant(files, "records_of", r'file.read(1) != b"\n"', 'file.read(1) == b"?"'),
        "length too large": Plant(files, "_LINE", "ge=NO_VALUE, le=REQUEST_BYTES", "ge=NO_VALUE"),
        "not unpacked, not mapped": Plant(files, "records_of", "*UNPACKED_WRONG, *NOT_READ", "*NOT_READ,"),
        "cut packing not mapped": Plant(files, "UNPACKED_WRONG", "EOFError, ", ""),
    },
    "copy_table": {
        "rows not compared": Plant(check, "check_rows", "!= part.rows", "< 0"),
        "fewer rows": Plant(check, "check_rows", "!= part.rows", "> part.rows"),
        "error names no file": Plant(
            check, "check_rows", "{path} is not what the manifest says: {rows}", "{rows}"
        ),
        "not unpacked, not mapped": Plant(files, "rows_of", "UNPACKED_WRONG as error", "KeyError as error"),
        "wrong packing not mapped": Plant(files, "UNPACKED_WRONG", ", zlib.error", ""),
    },
}
CASES = [
    pytest.param(TARGETS[target], plant, id=f"{target}-{name}")
    for target, plants in PLANTS.items()
    for name, plant in plants.items()
]
NONE = [
    pytest.param(TARGETS[target], plant._replace(becomes=plant.was), id=f"{target}-{name}")
    for target, name in (
        ("copy_manifest", "any path"),
        ("copy_sealed", "stamp too small"),
        ("copy_sealed", "a gap"),
        ("copy_table", "wrong packing not mapped"),
    )
    for plant in (PLANTS[target][name],)
]


@pytest.fixture
def planted(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is there. A function is altered in itself, so that whoever has it has the fault."""
    for place in ("manifest", "file", *TOPICS):
        right(place)  # made without the fault
    decisions()
    source = getsource(plant.module)
    assert source.count(plant.was) == 1
    module = ModuleType("planted")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # msgspec looks there for the words of a type
    exec(source.replace(plant.was, plant.becomes), vars(module))  # noqa: S102 -- our own source
    was, becomes = (unwrap(attrgetter(plant.thing)(one)) for one in (plant.module, module))
    if isinstance(was, FunctionType):
        monkeypatch.setattr(was, "__code__", becomes.__code__)
    else:
        monkeypatch.setattr(plant.module, plant.thing, becomes)
    topics.copied_partitions.cache_clear()
    yield
    topics.copied_partitions.cache_clear()


def breaks(target: Target, data: bytes) -> bool:
    """Whether the law does not hold."""
    try:
        asked(target, data)
    except Exception:  # noqa: BLE001 -- whatever a fault ends in
        return True
    return False


@pytest.mark.parametrize(("target", "plant"), CASES)
@pytest.mark.usefixtures("planted")
def test_a_kept_input_finds_it(target: Target) -> None:
    assert any(breaks(target, path.read_bytes()) for path in target.kept)


@pytest.mark.parametrize(("target", "plant"), NONE)
@pytest.mark.usefixtures("planted")
def test_what_was_planted_without_a_fault_is_not_found(target: Target) -> None:
    assert not any(breaks(target, path.read_bytes()) for path in target.kept)

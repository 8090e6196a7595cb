"""What somebody may do to the unpacked records of an export. Each gives the changed export and who must be named."""

from __future__ import annotations

import hashlib
import io
import itertools
import random
from base64 import b64encode
from collections.abc import Callable, Collection
from typing import NamedTuple

import msgspec

from services.contracts.history import ExportPartition, Finding, HistoryPosition
from services.eventsourcing.ports import Record
from services.replay.domain.check import PartitionCheck
from services.replay.domain.frame import Writing, line_of, nothing_before, read_line, written
from services.replay.domain.links import link_of
from tests.integration.replay.conftest import LOG_ID

FIRST = 10  # where the export begins
PARTITION = 3


class Export(NamedTuple):
    """The records of one partition, unpacked."""

    entry: ExportPartition
    lines: list[bytes]

    def offset(self, index: int) -> int:
        """Of the line at `index`, if nothing had been done."""
        return FIRST + index


class Changed(NamedTuple):
    """`named`: the offsets of which one must be named; `kinds`: what it must be said to be, empty: anything."""

    export: Export
    named: Collection[int]
    kinds: frozenset[str] = frozenset()


Change = Callable[[random.Random, Export], Changed]


def check(export: Export, kept: HistoryPosition | None) -> Finding | None:
    """The first thing wrong."""
    return PartitionCheck(export.entry, kept).run(iter(export.lines))


def an_export(decided: list[bytes]) -> tuple[Export, HistoryPosition]:
    """Decisions from `FIRST` on, junk among them, and the head that is kept elsewhere."""
    records = with_junk(decided)
    before, values = Writing(PARTITION, LOG_ID, nothing_before(PARTITION, LOG_ID)), records[FIRST:]
    for record in records[:FIRST]:
        before.add(record)
    writing = Writing(PARTITION, LOG_ID, before.position())
    lines = [writing.add(record) for record in values]
    return Export(writing.entry(), lines), writing.position()


def with_junk(decided: list[bytes]) -> list[Record]:
    """After every seventh decision the same bytes once more, as a late writer leaves them: they do not count."""
    values: list[bytes] = []
    for number, value in enumerate(decided):
        values += [value, value] if number % 7 == 6 else [value]
    return chained(values, 0, bytes(16), keep_junk=True)


def chained(values: list[bytes], first: int, head: bytes, *, keep_junk: bool = False) -> list[Record]:
    """These decisions as if they had always lain here, one after the other."""
    records: list[Record] = []
    for offset, value in enumerate(values, first):
        if keep_junk and offset > first and value == values[offset - first - 1]:
            records.append(Record(offset, 0, records[-1].value))
            continue
        link = link_of(value)
        assert link is not None
        made = value.replace(b'"lies_at":%d,' % link.lies_at, b'"lies_at":%d,' % offset, 1)
        made = made.replace(b64encode(link.prev), b64encode(head), 1)
        head = hashlib.sha256(made).digest()[:16]
        records.append(Record(offset, 0, made))
    return records


def flip(draw: random.Random, export: Export) -> Changed:
    """One bit of the file."""
    at = draw.randrange(len(export.lines))
    raw = bytearray(b"".join(export.lines))
    raw[sum(map(len, export.lines[:at])) + draw.randrange(len(export.lines[at]))] ^= 1 << draw.randrange(8)
    return Changed(Export(export.entry, io.BytesIO(raw).readlines()), [export.offset(at)])


def drop(draw: random.Random, export: Export) -> Changed:
    """One record is not there."""
    at = draw.randrange(len(export.lines))
    return Changed(Export(export.entry, export.lines[:at] + export.lines[at + 1 :]), [export.offset(at)])


def swap(draw: random.Random, export: Export) -> Changed:
    """Two records change places."""
    one, two = sorted(draw.sample(range(len(export.lines)), 2))
    lines = list(export.lines)
    lines[one], lines[two] = lines[two], lines[one]
    return Changed(Export(export.entry, lines), [export.offset(one)])


def swap_with_offsets(draw: random.Random, export: Export) -> Changed:
    """Two records that count change places, and everything around them is written as if they had lain there."""
    one, two = sorted(draw.sample([i for i, line in enumerate(export.lines) if b'"counts":true' in line], 2))
    lines = list(export.lines)
    lines[one] = written(line_of(export.offset(one), value_of(export.lines[two])))
    lines[two] = written(line_of(export.offset(two), value_of(export.lines[one])))
    return Changed(Export(export.entry, lines), range(export.offset(one), export.offset(len(lines)) + 1))


def insert(draw: random.Random, export: Export) -> Changed:
    """A record that was never there, or once more one that was."""
    at = draw.randrange(len(export.lines) + 1)
    value = value_of(draw.choice(export.lines))
    made = written(line_of(export.offset(at), value.replace(b'"account":"0', b'"account":"9')))
    line = draw.choice([made, draw.choice(export.lines)])
    lines = [*export.lines[:at], line, *export.lines[at:]]
    return Changed(Export(export.entry, lines), [export.offset(at), export.offset(at + 1)])


def cut(draw: random.Random, export: Export) -> Changed:
    """The end is not there."""
    at = draw.randrange(len(export.lines))
    return Changed(Export(export.entry, export.lines[:at]), [export.offset(at)])


def edit(draw: random.Random, export: Export) -> Changed:
    """One record that counts says something else, and its line agrees; what follows it does not continue it."""
    counting = [i for i, line in enumerate(export.lines) if b'"counts":true' in line]
    at, following = draw.choice(list(itertools.pairwise(counting)))
    lines = list(export.lines)
    lines[at] = written(line_of(export.offset(at), altered(draw, value_of(lines[at]))))
    return Changed(Export(export.entry, lines), [export.offset(following)], frozenset({"chain"}))


def rechain(draw: random.Random, export: Export) -> Changed:
    """One record is altered, left out or put in, and everything after it and the manifest are made to agree."""
    values = [value_of(line) for line in export.lines if b'"counts":true' in line]
    at = draw.randrange(len(values) - 1)
    match draw.randrange(3):
        case 0:
            values[at] = altered(draw, values[at])
        case 1:
            del values[at]
        case _:
            values.insert(at, altered(draw, values[at]))
    writing = Writing(PARTITION, LOG_ID, nothing_before(PARTITION, LOG_ID))
    lines = [writing.add(r) for r in chained(values, FIRST, bytes.fromhex(export.entry.head_before))]
    entry = msgspec.structs.replace(writing.entry(), head_before=export.entry.head_before)
    changed = Export(entry, lines)
    assert check(changed, None) is None, "whoever has only the export cannot tell"
    return Changed(changed, range(FIRST, FIRST + len(export.lines) + 1), frozenset({"head"}))


def altered(draw: random.Random, value: bytes) -> bytes:
    """The decision with another version of the code in it."""
    return value.replace(b'"code":"1.0"', b'"code":"%d"' % draw.randrange(2, 1_000_000), 1)


def value_of(line: bytes) -> bytes:
    """The record in a line."""
    read = read_line(line)
    assert read is not None
    assert read.value is not None
    return read.value


CHANGES: tuple[Change, ...] = (flip, drop, swap, swap_with_offsets, insert, cut, edit, rechain)

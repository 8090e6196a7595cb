"""Whether a copy is whole: every byte, every offset, and the chain of every partition's decisions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from services.contracts.topics import EVENTS, PARTITIONS
from services.eventsourcing.counting import LogBroken
from services.station.copies.chain import Linked
from services.station.copies.files import check_bytes, records_of, rows_of
from services.station.copies.manifest import WHOLE, read_manifest
from services.station.copies.topics import copied_partitions
from services.station.errors import StationError

if TYPE_CHECKING:
    from pathlib import Path

    from services.station.copies.backup import Progress
    from services.station.copies.manifest import Manifest, TablePart, TopicPart


def check(folder: Path, progress: Progress) -> Manifest:
    """Read all of it; its manifest. Raises `StationError`, which names the file that is not as it was written.

    What is packed is unpacked piece by piece, so that a file that says nothing at great length takes no room.
    """
    manifest = read_manifest(folder)
    _check_parts(folder, manifest)
    files: tuple[TopicPart | TablePart, ...] = (*manifest.topics, *manifest.tables)
    for part in files:
        check_bytes(folder, part.file, part.sha256)
    for one in manifest.topics:
        check_records(folder, one)
        progress(one.file, one.records)
    for table in manifest.tables:
        check_rows(folder, table)
        progress(table.file, table.rows)
    return manifest


def _check_parts(folder: Path, manifest: Manifest) -> None:
    """Each once, none that is never copied, and the record and the inbox whole."""
    parts: tuple[TopicPart | TablePart, ...] = (*manifest.topics, *manifest.tables)
    for name, count in Counter(part.name for part in parts).items():
        if count > 1:
            raise StationError(f"{folder} has {name} twice")
    for part in parts:
        if part.file != part.its_file:
            raise StationError(f"{folder / part.file} is not the file of {part.name}, as the manifest says")
    partitions = copied_partitions()
    for one in manifest.topics:
        if one.topic not in partitions:
            raise StationError(f"{folder} has the topic {one.topic}, which is never copied")
        if one.partition >= partitions[one.topic]:
            raise StationError(f"{folder} has {one.name}, and there is none")
    if sum(one.topic in WHOLE for one in manifest.topics) != len(WHOLE) * PARTITIONS:
        raise StationError(f"{folder} lacks partitions of the record or the inbox")


def check_records(folder: Path, part: TopicPart) -> None:
    """Whether a topic's file has the records that the manifest says. Raises `StationError`."""
    path, linked = folder / part.file, Linked()
    count = end = 0
    try:
        for record in records_of(path):
            if record.offset < end or (part.topic in WHOLE and record.offset != end):
                raise StationError(f"{path} has offset {record.offset} where {end} must stand")
            if part.topic == EVENTS:
                linked.take(record.offset, record.value)
            count, end = count + 1, record.offset + 1
    except LogBroken as error:
        raise StationError(f"{path} does not hold together: {error}") from error
    found = (count, end, linked.head if part.topic == EVENTS else "", linked.log_id)
    if found != (part.records, part.end, part.head, part.log_id):
        raise StationError(f"{path} is not what the manifest says: {count} records, head {linked.head}")


def check_rows(folder: Path, part: TablePart) -> None:
    """The same of a table's file."""
    path = folder / part.file
    if (rows := rows_of(path)) != part.rows:
        raise StationError(f"{path} is not what the manifest says: {rows} rows")

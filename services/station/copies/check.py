"""Whether a copy is whole: every byte, every offset, and the chain of every partition's decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contracts.topics import EVENTS, PARTITIONS
from services.eventsourcing.counting import LogBroken
from services.station.copies.chain import Linked
from services.station.copies.files import check_bytes, records_of
from services.station.copies.manifest import WHOLE, read_manifest
from services.station.errors import StationError

if TYPE_CHECKING:
    from pathlib import Path

    from services.station.copies.backup import Progress
    from services.station.copies.manifest import Manifest, TablePart, TopicPart


def check(folder: Path, progress: Progress) -> Manifest:
    """Read all of it; its manifest. Raises `StationError`, which names the file that is not as it was written."""
    manifest = read_manifest(folder)
    files: tuple[TopicPart | TablePart, ...] = (*manifest.topics, *manifest.tables)
    for part in files:
        check_bytes(folder, part.file, part.sha256)
    for one in manifest.topics:
        _check_records(folder, one)
        progress(one.file, one.records)
    whole = {(one.topic, one.partition) for one in manifest.topics if one.topic in WHOLE}
    if len(whole) != len(WHOLE) * PARTITIONS:
        raise StationError(f"{folder} lacks partitions of the record or the inbox")
    return manifest


def _check_records(folder: Path, part: TopicPart) -> None:
    path, linked = folder / part.file, Linked()
    count = end = 0
    try:
        for record in records_of(path):
            if part.topic in WHOLE and record.offset != end:
                raise StationError(f"{path} has offset {record.offset} where {end} must stand")
            if part.topic == EVENTS:
                linked.take(record.offset, record.value)
            count, end = count + 1, record.offset + 1
    except LogBroken as error:
        raise StationError(f"{path} does not hold together: {error}") from error
    found = (count, end, linked.head if part.topic == EVENTS else "", linked.log_id)
    if found != (part.records, part.end, part.head, part.log_id):
        raise StationError(f"{path} is not what the manifest says: {count} records, head {linked.head}")

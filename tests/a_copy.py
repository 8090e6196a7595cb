"""A copy of a station as it lies in a folder, made by the product's own writers, small."""

from __future__ import annotations

from pathlib import Path

import msgspec

from services.contracts.topics import DIRECTORY, EVENTS, INBOX, PARTITIONS, REGISTRY_EVENTS
from services.station.copies.chain import Linked
from services.station.copies.files import Copied, NewFile
from services.station.copies.manifest import (
    MANIFEST,
    Manifest,
    Place,
    TablePart,
    TopicPart,
    table_file,
    topic_file,
)
from tests.integration.replay.conftest import a_past

RECORDS = 6
STAMP = 1_800_000_000_000
ROWS = b"site\tk1\t\\\\x00ff\nother\tk2\t\\N\n"


def copy_in(folder: Path) -> Manifest:
    """Of a station whose partition 0 has a past; the others have none."""
    said, decided = a_past(0, sites=1, records=RECORDS)
    lists: dict[tuple[str, int], list[Copied]] = {
        (topic, partition): [] for topic in (EVENTS, INBOX) for partition in range(PARTITIONS)
    }
    lists[EVENTS, 0] = [Copied(at, STAMP + at, b"0", value) for at, value in enumerate(decided)]
    lists[INBOX, 0] = [Copied(at, STAMP + at, None, value) for at, value in enumerate(said)]
    lists[DIRECTORY, 0] = [Copied(3, STAMP, b"line", b"{}"), Copied(5, STAMP, b"line", None)]
    lists[REGISTRY_EVENTS, 0] = []
    manifest = Manifest(
        made_at=1,
        version="0.1.0",
        topics=tuple(topic_in(folder, *place, records) for place, records in lists.items()),
        tables=(table_in(folder, ROWS),),
        places=(Place(reader="followup", partition=3, offset=7, head="ab" * 16),),
        migrations={"desk/001_desk": "ab"},
        line_key="line_key/ab",
    )
    write(folder, manifest)
    return manifest


def write(folder: Path, manifest: Manifest) -> None:
    """It says so from now on."""
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))


def topic_in(folder: Path, topic: str, partition: int, records: list[Copied]) -> TopicPart:
    """One partition's file."""
    name, linked = topic_file(topic, partition), Linked()
    with NewFile(folder / name) as file:
        for record in records:
            file.add_record(record)
            if topic == EVENTS:
                linked.take(record.offset, record.value)
    return TopicPart(
        topic=topic,
        partition=partition,
        file=name,
        records=len(records),
        end=records[-1].offset + 1 if records else 0,
        sha256=file.sha256,
        head=linked.head if topic == EVENTS else "",
        log_id=linked.log_id,
    )


def table_in(folder: Path, rows: bytes) -> TablePart:
    """One table's file."""
    name = table_file("sealing.key")
    with NewFile(folder / name) as file:
        file.add(rows)
    return TablePart(
        table="sealing.key",
        columns=("subject", "name", "secret"),
        file=name,
        rows=rows.count(b"\n"),
        sha256=file.sha256,
    )

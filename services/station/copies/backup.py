"""`jiejing backup`: a copy of everything that cannot be built again, while the station runs.

The order makes it one copy without stopping anybody: how far the processes have acted that act outside, then the
record to its end, then the inbox, which reaches at least as far, then what else is kept on Kafka, then PostgreSQL as
of one instant. So every decision's record of the inbox is there, nothing counts as acted upon that is not in the
record, and every text that the record seals has its key.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING

import asyncpg
import msgspec
from aiokafka.errors import KafkaError

from services.contracts.topics import EVENTS
from services.eventsourcing.counting import LogBroken
from services.runtime.clock import now_us
from services.runtime.line_keys import LineKeys
from services.runtime.postgres_pool import POSTGRES_AWAY
from services.station.copies.chain import Linked
from services.station.copies.files import NewFile, writing
from services.station.copies.manifest import (
    COPIED,
    MANIFEST,
    WHOLE,
    Manifest,
    TablePart,
    TopicPart,
    topic_file,
)
from services.station.copies.tables import copied_tables, copy_table, places_of
from services.station.copies.topics import copied_partitions, records_of
from services.station.errors import StationError

if TYPE_CHECKING:
    from pathlib import Path

    from services.runtime.settings import Settings

Progress = Callable[[str, int], None]
UNFINISHED = ".unfinished"


async def backup(settings: Settings, folder: Path, progress: Progress) -> Manifest:
    """Make a copy in `folder`, which appears whole or not at all. Raises `StationError`."""
    draft = _draft(folder)
    try:
        manifest = await _copy(settings, draft, progress)
    except LogBroken as error:
        raise StationError(f"the record does not hold together, and is not copied: {error}") from error
    except (*POSTGRES_AWAY, KafkaError) as error:
        raise StationError(
            f"Kafka or PostgreSQL cannot be reached ({error}): does the station run?"
        ) from error
    with writing(draft):
        _write(draft / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        _sync_folders(draft)
        draft.rename(folder)
    return manifest


def digest_of(folder: Path) -> str:
    """The SHA-256 of the manifest, and so of the whole copy: to be kept elsewhere."""
    return sha256((folder / MANIFEST).read_bytes()).hexdigest()


def _draft(folder: Path) -> Path:
    draft = folder.with_name(folder.name + UNFINISHED)
    if folder.exists():
        raise StationError(f"{folder} is there already: a copy is made in a new folder")
    if draft.exists():
        raise StationError(f"{draft} is of a copy that was broken off, and of no use: delete it")
    try:
        draft.mkdir(mode=0o700, parents=True)
    except OSError as problem:
        raise StationError(f"cannot write to {draft} ({problem.strerror})") from problem
    return draft


async def _copy(settings: Settings, draft: Path, progress: Progress) -> Manifest:
    made_at = now_us()
    connection = await asyncpg.connect(settings.postgres)
    try:
        places = await places_of(connection)
        partitions = copied_partitions()
        topics = [
            await _topic(settings.kafka, topic, partition, draft, progress)
            for topic in COPIED
            for partition in range(partitions[topic])
        ]
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = await _tables(connection, draft, progress)
            applied = await connection.fetch("select name, sha256 from jiejing.migration")
    finally:
        await connection.close()
    return Manifest(
        made_at=made_at,
        version=version("jiejing"),
        topics=tuple(topics),
        tables=tuple(tables),
        places=places,
        migrations=dict(map(tuple, applied)),
        line_key=LineKeys(settings.line_key_file).name if settings.line_key_file.exists() else "",
    )


async def _topic(kafka: str, topic: str, partition: int, draft: Path, progress: Progress) -> TopicPart:
    name, linked = topic_file(topic, partition), Linked()
    count = end = 0
    with NewFile(draft / name) as file:
        async for batch in records_of(kafka, topic, partition):
            for record in batch:
                if topic in WHOLE and record.offset != end:
                    raise StationError(f"{topic}, partition {partition}, has no offset {end}: it was cut")
                if topic == EVENTS:
                    linked.take(record.offset, record.value)
                file.add_record(record)
                count, end = count + 1, record.offset + 1
            progress(f"{topic}, partition {partition}", count)
    return TopicPart(
        topic=topic,
        partition=partition,
        file=name,
        records=count,
        end=end,
        sha256=file.sha256,
        head=linked.head if topic == EVENTS else "",
        log_id=linked.log_id,
    )


async def _tables(
    connection: asyncpg.Connection[asyncpg.Record], draft: Path, progress: Progress
) -> list[TablePart]:
    found = []
    for table in await copied_tables(connection):
        found.append(await copy_table(connection, table, draft))
        progress(str(table), found[-1].rows)
    return found


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folders(draft: Path) -> None:
    for folder in (*(one for one in draft.iterdir() if one.is_dir()), draft, draft.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

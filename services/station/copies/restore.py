"""`jiejing restore`: a copy becomes a station again, in an empty place; then `jiejing up` goes on with it.

While nothing else runs: the tables as they were, the topics with their offsets and stamps, and in each partition one
`log.resumed`, by which no id that the lost station gave is given again. Nothing that can be built again is brought back.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import asyncpg
from aiokafka.errors import KafkaError

from services.alarm_router.bootstrap import resume_partition
from services.contracts.codec import Unreadable
from services.contracts.topics import PARTITIONS
from services.eventsourcing.ports import LogError
from services.runtime.line_keys import LineKeys
from services.runtime.migrations import Migration, migrate, migrations
from services.runtime.postgres_pool import POSTGRES_AWAY
from services.station.adapters.data_folder import begin_restore, check_space, end_restore, held, make_folders
from services.station.adapters.embedded_postgres import remove_socket_folder
from services.station.adapters.kafka_topics import make_topics, set_topics, topics_there
from services.station.copies.check import check
from services.station.copies.files import records_of
from services.station.copies.manifest import WHOLE, Manifest, TopicPart
from services.station.copies.tables import check_empty, fill
from services.station.copies.topics import copied_topics, put_records
from services.station.errors import StationError
from services.station.up import running_stores

if TYPE_CHECKING:
    from pathlib import Path

    from services.runtime.settings import Settings
    from services.station.copies.backup import Progress
    from services.station.up import Say

MAY_BE_THERE = frozenset({"jiejing.toml", "secrets"})  # put back by whoever kept them


async def restore(  # noqa: PLR0913 - from where, to where, and how it is said
    folder: Path, settings: Settings, *, own_kafka: bool, own_postgres: bool, say: Say, progress: Progress
) -> Manifest:
    """Bring the copy back. Raises `StationError`; what was begun then is of no use and says so."""
    say(f"reading {folder}")
    manifest = check(folder, progress)
    wanted = _migrations(manifest)
    _check_place(settings, manifest)
    check_space(settings)
    make_folders(settings)
    with held(settings):
        begin_restore(settings)
        try:
            async with running_stores(
                settings, own_kafka=own_kafka, own_postgres=own_postgres, say=say
            ) as stores:
                await _fill(folder, manifest, stores, wanted, progress)
        except (LogError, Unreadable) as error:
            raise StationError(f"the copy's record does not go on: {error}") from error
        except (*POSTGRES_AWAY, KafkaError) as error:
            raise StationError(f"Kafka or PostgreSQL did not take it ({error!r})") from error
        finally:
            remove_socket_folder(settings)
        end_restore(settings)
    return manifest


def _migrations(manifest: Manifest) -> list[Migration]:
    """The schemas as they were when the copy was made; `up` goes on from them."""
    known = {one.name: one for one in migrations()}
    strange = sorted(
        name
        for name, digest in manifest.migrations.items()
        if name not in known or known[name].sha256 != digest
    )
    if strange:
        raise StationError(
            f"the copy is of version {manifest.version}, which knows {strange[0]}: restore it with that version or a later one"
        )
    return [one for one in migrations() if one.name in manifest.migrations]


def _check_place(settings: Settings, manifest: Manifest) -> None:
    there = {one.name for one in settings.data_dir.iterdir()} if settings.data_dir.exists() else set()
    if strangers := sorted(there - MAY_BE_THERE):
        raise StationError(
            f"{settings.data_dir} is not empty (it has {strangers[0]}): restore into a new folder"
        )
    if manifest.line_key and settings.line_key_file.exists():
        found = LineKeys(settings.line_key_file).name
        if found != manifest.line_key:
            raise StationError(
                f"{settings.line_key_file} holds {found}, and the copy's lines are sealed with {manifest.line_key}:"
                " put that one there, or none"
            )


async def _fill(
    folder: Path, manifest: Manifest, stores: Settings, wanted: list[Migration], progress: Progress
) -> None:
    there = await asyncio.to_thread(topics_there, stores.kafka)
    if there:
        raise StationError(
            f"Kafka at {stores.kafka} has the topic {there[0]} already: restore into an empty one"
        )
    connection = await asyncpg.connect(stores.postgres)
    try:
        await check_empty(connection)
        await migrate(stores.postgres, wanted)
        await fill(connection, folder, manifest.tables, manifest.places)
    finally:
        await connection.close()
    while_filling, at_last = copied_topics()
    await asyncio.to_thread(make_topics, stores.kafka, while_filling)
    for part in manifest.topics:
        await _put(stores.kafka, folder, part, progress)
    await asyncio.to_thread(set_topics, stores.kafka, at_last)
    for partition in range(PARTITIONS):
        await resume_partition(stores.kafka, partition, manifest.made_at)
        progress("log.resumed", partition + 1)


async def _put(kafka: str, folder: Path, part: TopicPart, progress: Progress) -> None:
    records = records_of(folder / part.file)
    putting = put_records(kafka, part.topic, part.partition, records, same_offsets=part.topic in WHOLE)
    async with contextlib.aclosing(putting):
        async for done in putting:
            progress(f"{part.topic}, partition {part.partition}", done)

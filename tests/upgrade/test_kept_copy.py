"""A copy of a station of each release becomes a station again, and all that reads it reads what was there.

Restored by today's command into a real Kafka and PostgreSQL. What the release knew and showed stands beside its copy; what
is read from the restored stores is the same. Where this is red a format that is published was changed: see `CHANGED`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import asyncpg
import msgspec
import pytest
from typer.testing import CliRunner

from services.alarm_router.adapters.memory_snapshots import MemorySnapshots
from services.alarm_router.bootstrap import code_version, law_of
from services.alarm_router.domain.machine import AlarmRouter
from services.alarm_router.domain.state import State
from services.alarm_router.handlers.company import Company
from services.alarm_router.handlers.partition_worker import PartitionWorker
from services.contracts import registry
from services.contracts.alarm import SignalRecorded
from services.contracts.codec import decode_line
from services.contracts.directory import LineAssigned
from services.contracts.envelope import Decision
from services.contracts.interruption import InterruptionView, WindowView
from services.contracts.stored import Sealed
from services.contracts.topics import DIRECTORY, EVENTS, INBOX, PARTITIONS, REGISTRY_EVENTS
from services.desk import projector_worker
from services.desk.adapters.postgres_projection import load_board
from services.eventsourcing.partition import Partition
from services.picture import alarm_view, interruption_view
from services.picture.alarm_view import Views
from services.picture.interruption_view import Interrupted
from services.runtime.clock import now_us
from services.runtime.kafka_event_log import KafkaEventLog
from services.runtime.sealing import Sealing
from services.runtime.settings import Settings
from services.station.adapters.kafka_topics import drop_topics
from services.station.bootstrap import app
from services.station.copies.files import records_of
from services.station.copies.manifest import Manifest, read_manifest
from tests.chaos.the_lists import decisions, read, rows
from tests.conftest import made_database, run_apart
from tests.upgrade import kept_copy, kept_state, otherwise
from tests.upgrade.a_kept_day import WRITTEN
from tests.upgrade.by_names import digests_of
from tests.upgrade.kept_copy import Logs
from tests.upgrade.kept_record import KEPT, Kept
from tests.upgrade.test_kept_records import DECIDED_OTHERWISE

CHANGED = """
today's code does not make of a released station's copy what that release made of it. A published form keeps its bytes and its
meaning for ever: give the old one back its reading (a tag its fold, a table its migration, a state its old names), and say
the new one under a new tag (CONTRIBUTING.md). What a release kept is not made anew
"""
RELEASES = sorted(KEPT.iterdir())
PATIENCE_S = 120.0
GENERATION = b"log.generation_begun.v1"
V = TypeVar("V")
BOOKS = ("desk_2", "desk_interruption_1", "desk_accounting_1")


class Restored(NamedTuple):
    """A release's folder, its copy, and the stores it was restored into. `logs`: all that lies there now."""

    release: Path
    copy: Path
    settings: Settings
    logs: Logs

    @property
    def manifest(self) -> Manifest:
        """Of the copy."""
        return read_manifest(self.copy)

    def as_copied(self) -> Logs:
        """What lies there, up to where the copy ends."""
        ends = {(one.topic, one.partition): one.end for one in self.manifest.topics}
        return {
            partition: Kept(its.inbox[: ends[INBOX, partition]], its.events[: ends[EVENTS, partition]], {})
            for partition, its in self.logs.items()
        }

    def decided(self) -> Iterator[tuple[int, Decision]]:
        """Every decision that counts, with its partition."""
        for partition, its in self.logs.items():
            for _, decision in decisions(its.events):
                yield partition, decision


def done(*words: str | Path) -> str:
    """What a command says: of the product, in a thread of its own, since starting a process takes longer than any does."""
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(CliRunner().invoke, app, list(map(str, words))).result()
    assert said.exit_code == 0, f"{said.output}{said.exception!r}{CHANGED}"
    return said.stdout


@pytest.fixture(scope="module", params=RELEASES, ids=[folder.name for folder in RELEASES])
def restored(
    request: pytest.FixtureRequest, kafka: str, postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Restored]:
    """By `jiejing restore`, and furnished as `jiejing up` would."""
    folder = tmp_path_factory.mktemp("restored")
    copy = kept_copy.unpacked(request.param, folder)
    with made_database(postgres) as dsn:
        settings = Settings(data_dir=folder / "data", kafka=kafka, postgres=dsn, demo=True)
        own = [f"--data={settings.data_dir}", f"--kafka={kafka}", f"--postgres={dsn}"]
        try:
            done("restore", copy, *own)
            done("furnish", *own)
            yield Restored(request.param, copy, settings, run_apart(logs_in(kafka)))
        finally:
            drop_topics(kafka, lambda _: True)


async def logs_in(kafka: str) -> Logs:
    inbox, events = await read(kafka, INBOX), await read(kafka, EVENTS)
    return {partition: Kept(inbox[partition], events[partition], {}) for partition in range(PARTITIONS)}


def test_the_copy_is_whole(restored: Restored) -> None:
    said = done("backup", "--check", restored.copy)
    decided = sum(one.records for one in restored.manifest.topics if one.topic == EVENTS)
    assert decided > PARTITIONS
    assert f"is whole: {decided:,} decisions" in said


def test_what_lies_in_kafka_is_what_was_copied(restored: Restored) -> None:
    assert restored.as_copied() == kept_copy.logs_of(restored.copy)


def test_each_partition_folds_to_the_state_that_it_folded_to_and_people_see_what_they_saw(
    restored: Restored,
) -> None:
    kept, now = kept_copy.read(restored.release), kept_copy.folded(restored.as_copied())
    assert kept.keys() == now.keys()
    others = {
        partition: parts
        for partition, one in kept.items()
        if (parts := kept_state.otherwise(one.states, now[partition].states))
    }
    assert not others, CHANGED
    assert {one: told.seen for one, told in now.items()} == {one: told.seen for one, told in kept.items()}


def test_whoever_reads_the_newest_generation_alone_knows_the_same(restored: Restored) -> None:
    """What it carries of the one before is read as it was written."""
    kept = kept_copy.read(restored.release)
    for partition, its in restored.as_copied().items():
        begins = next(one for one in its.events if GENERATION in one.value)
        alone: Partition[State] = Partition(AlarmRouter(), partition, "reader")
        alone.begin_at(begins)
        for record in its.events[begins.offset + 1 :]:
            alone.fold(record)
        now = digests_of(alone.state, kept_state.GIVEN)
        assert now == kept[partition].states[str(alone.newest)], CHANGED


def test_what_would_be_decided_otherwise_is_known_and_has_a_reason(restored: Restored) -> None:
    now: dict[str, str] = {}
    for partition, kept in restored.as_copied().items():
        folded, found = otherwise.decided_again(kept, law_of(restored.settings), partition)
        assert not [one for one in found if one.code == folded.code], (
            "what it decided itself, it decides again"
        )
        now |= otherwise.named(found)
    explained = otherwise.explained(otherwise.read(otherwise.of_the_copy(restored.release.name)))
    assert not otherwise.compared(explained, now), DECIDED_OTHERWISE


async def test_the_books_of_the_desk_are_what_the_record_implies(restored: Restored) -> None:
    await projected(restored)
    implied, dsn = implied_by(restored), restored.settings.postgres
    connection = await asyncpg.connect(dsn)
    try:
        board = await load_board(connection)
    finally:
        await connection.close()
    assert implied.views.alarms and implied.views.reports
    assert (board.views.alarms, board.views.reports) == (implied.views.alarms, implied.views.reports)
    assert {
        (run, what): n for run, its in board.recorded.items() for what, n in its.items()
    } == implied.signals

    accounted = {
        (run, what): n
        for run, *counts in await rows(dsn, ACCOUNTED)
        for what, n in zip(OUTCOMES, counts, strict=True)
    }
    assert +Counter(accounted) == implied.signals

    interruptions, windows = implied.known.interruptions, implied.known.windows
    assert interruptions and windows
    assert await views_in(dsn, "interruption", InterruptionView) == interruptions
    assert await views_in(dsn, "maintenance_window", WindowView) == windows


class Implied(NamedTuple):
    """What the decisions come to: alarms and reports, interruptions and windows, signals by run and outcome."""

    views: Views
    known: Interrupted
    signals: Counter[tuple[str, str]]


def implied_by(restored: Restored) -> Implied:
    """By the running code's folds, on all that lies in the restored log."""
    implied = Implied(Views(), Interrupted(), Counter())
    for partition, decision in restored.decided():
        implied.views.take(alarm_view.changes(implied.views, partition, decision.lies_at, decision))
        implied.known.take(interruption_view.changes(implied.known, partition, decision.lies_at, decision))
        recorded = [event for event in decision.events if isinstance(event, SignalRecorded)]
        implied.signals.update((event.signal.run, event.outcome) for event in recorded)
    return implied


OUTCOMES = ("surfaced", "logged", "suppressed", "retransmit")
ACCOUNTED = f"select run, {', '.join(f'sum({one})::int' for one in OUTCOMES)} from desk_accounting_1.recorded group by run"


async def views_in(dsn: str, table: str, kind: type[V]) -> dict[str, V]:
    found = await rows(dsn, f"select id, view::text from desk_interruption_1.{table}")
    return {name: msgspec.json.decode(view, type=kind) for name, view in found}


async def ids_in(restored: Restored, table: str) -> set[str]:
    return {row[0] for row in await rows(restored.settings.postgres, f"select id from {table}")}


async def projected(restored: Restored) -> None:
    """The projector runs until each of its books has all that lies there."""
    ends = [(partition, its.events[-1].offset) for partition, its in sorted(restored.logs.items())]

    async def is_read(book: str) -> bool:
        statement = f'select partition, "offset" from {book}.position order by partition'
        return await rows(restored.settings.postgres, statement) == ends

    async def are_read() -> None:
        while not all([await is_read(book) for book in BOOKS]):
            await asyncio.sleep(0.2)

    await beside(projector_worker.run(restored.settings), are_read())


async def beside(work: Any, until: Any) -> None:
    """Let it work until that holds. Raises what either ends with."""
    working, waiting = asyncio.ensure_future(work), asyncio.ensure_future(until)
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert waiting.done(), working
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await waiting


async def test_the_register_and_what_it_told_the_others_are_read(restored: Restored) -> None:
    dsn = restored.settings.postgres
    for table in restored.manifest.tables:
        assert await rows(dsn, f"select count(*) from {table.table}") == [(table.rows,)], table.table
    stored = [msgspec.json.decode(body, type=registry.RegistryEvent) for (body,) in await rows(dsn, BODIES)]
    told = [
        msgspec.json.decode(value, type=registry.RegistryRecord)
        for value in values(restored, REGISTRY_EVENTS)
    ]
    assert stored and len(told) == len(stored)
    lines = [decode_line(value) for value in values(restored, DIRECTORY)]
    assert {one.site for one in lines if isinstance(one, LineAssigned)} <= await ids_in(
        restored, "registry.site"
    )


BODIES = "select body::text from registry.event order by position"


def values(restored: Restored, topic: str) -> Iterator[bytes]:
    """Of a topic as it was copied, but for what only takes a key away."""
    for part in restored.manifest.topics:
        if part.topic == topic:
            yield from (one.value for one in records_of(restored.copy / part.file) if one.value is not None)


async def test_what_people_wrote_opens_with_the_keys_that_were_copied(restored: Restored) -> None:
    written = {one for _, decision in restored.decided() for one in sealed_in(decision)}
    async with asyncpg.create_pool(restored.settings.postgres, min_size=1, max_size=1) as pool:
        opened = await Sealing(pool).open(written)
    assert opened.keys() == written
    assert WRITTEN in opened.values()


def sealed_in(value: object) -> Iterator[Sealed]:
    if isinstance(value, Sealed):
        yield value
    elif isinstance(value, msgspec.Struct):
        yield from sealed_in([getattr(value, name) for name in value.__struct_fields__])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from sealed_in(one)


def test_the_past_is_told_and_its_export_is_proved(restored: Restored) -> None:
    settings = restored.settings
    own = [f"--kafka={settings.kafka}", f"--postgres={settings.postgres}"]
    alarms = implied_by(restored).views.alarms.values()
    at = max(decision.time for _, decision in restored.decided())
    past = msgspec.json.decode(done("replay", f"--at={at}", "--json", *own))
    assert {one["id"]: one["state"] for one in past["alarms"]} == {one.id: one.state for one in alarms}
    file = settings.data_dir / "record.zip"
    done("export", file, *own)
    done("verify", file, "--against-log", *own)


class Watched:
    """Which partitions are whole, and why others are not."""

    def __init__(self) -> None:
        self.is_whole: set[int] = set()
        self.reasons: dict[int, str] = {}

    def whole(self, partition: int) -> None:
        self.is_whole.add(partition)

    def stopped(self, partition: int, reason: str) -> None:
        self.reasons[partition] = reason


async def test_a_router_takes_up_every_partition(restored: Restored) -> None:
    """Last: it may decide what the copy's inbox still holds."""
    watched, law, kafka = Watched(), law_of(restored.settings), restored.settings.kafka

    async def own(partition: int) -> None:
        inbox, events = (KafkaEventLog(kafka, topic, partition) for topic in (INBOX, EVENTS))
        worker = PartitionWorker(
            partition, inbox=inbox, events=events, clock=now_us, watcher=watched, code=code_version(law),
            company=Company(), snapshots=MemorySnapshots(), law=law,
        )  # fmt: skip
        try:
            await worker.run()
        finally:
            await asyncio.gather(inbox.close(), events.close())

    async def are_whole() -> None:
        while len(watched.is_whole | watched.reasons.keys()) < PARTITIONS:
            await asyncio.sleep(0.1)

    await beside(asyncio.gather(*map(own, range(PARTITIONS))), are_whole())
    assert not watched.reasons, CHANGED

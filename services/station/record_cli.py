"""`jiejing replay`, `export` and `verify`: the record on the command line. Exit codes: 0 done, 1 not, 2 misused."""

from __future__ import annotations

import asyncio
import errno
import os
import pwd
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import asyncpg
import msgspec
import typer
from aiokafka.errors import KafkaError

from services.contracts.stored import Actor
from services.picture.instant import NotAnInstant, instant_of_text
from services.replay.handlers.exporting import Stretch
from services.replay.ports import RecordAway, RecordBroken, RecordNewer
from services.runtime.postgres_pool import POSTGRES_AWAY
from services.runtime.settings import Settings, read_settings
from services.station.adapters.data_folder import named_or_running
from services.station.errors import Misused, StationError
from services.station.options import AsJson, Data, KafkaUrl, PostgresUrl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from services.contracts.history import History, Verdict
    from services.replay.handlers.room import ReadingRoom

SHANGHAI = timezone(timedelta(hours=8))
AWAY = (*POSTGRES_AWAY, KafkaError, RecordAway)
STEP = 10_000
FAILED = 1
T = TypeVar("T")

Alarm = Annotated[str | None, typer.Option(metavar="ID", help="Only this alarm.")]
INSTANT = "ISO 8601 with an offset (2026-09-18T02:14:06+08:00), or UTC microseconds."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(replay)
    app.command()(export)
    app.command()(verify)


def replay(  # noqa: PLR0913 - the command's options
    at: Annotated[str, typer.Option(metavar="T", help=INSTANT)],
    alarm: Alarm = None,
    as_json: AsJson = False,
    data: Data = None,
    kafka: KafkaUrl = None,
    postgres: PostgresUrl = None,
) -> None:
    """Say how things stood at an instant, from the record alone.

    Free text stays sealed; who asked is noted with the other looks.
    """
    from services.replay.handlers.history import Asked, history

    settings, asked = _settings(data, kafka, postgres), Asked(at=_instant(at), alarm=alarm)

    async def look() -> History | None:
        async with _room(settings) as room:
            return await history(room, somebody(), asked)

    found = _run(look())
    if found is None:
        raise StationError(f"the record holds no alarm {alarm} at that instant")
    _print(found) if as_json else _tell(found)


def export(  # noqa: PLR0913 - the command's options
    file: Annotated[
        Path, typer.Argument(help="The export; FILE.head.json beside it is to be kept elsewhere.")
    ],
    begin: Annotated[str | None, typer.Option("--from", metavar="T", help=f"From: {INSTANT}")] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="T", help="To, included; default: the end.")
    ] = None,
    partition: Annotated[int | None, typer.Option(min=0, help="Only this partition.")] = None,
    alarm: Alarm = None,
    interruption: Annotated[str | None, typer.Option(metavar="ID", help="Only this interruption.")] = None,
    as_json: AsJson = False,
    data: Data = None,
    kafka: KafkaUrl = None,
    postgres: PostgresUrl = None,
) -> None:
    """Write a stretch of the record exactly as it lies in the log, check it, and write the head to keep elsewhere.

    With --alarm or --interruption alone: from its first record to its newest. Exit code 1 when the record does not hold.
    """
    from services.station.record_files import head_beside, write_export

    settings = _settings(data, kafka, postgres)
    if partition is not None and partition >= settings.partitions:
        raise Misused(f"there is no partition {partition}: they go from 0 to {settings.partitions - 1}")
    if alarm is not None and interruption is not None:
        raise Misused("--alarm or --interruption, not both")
    stretch = Stretch(_maybe(begin), _maybe(end), partition, alarm, interruption)
    if stretch.begin is not None and stretch.end is not None and stretch.begin > stretch.end:
        raise Misused("--from lies behind --to")

    async def make() -> Verdict:
        async with _room(settings) as room:
            return await write_export(room, somebody(), stretch, file)

    found = _run(make())
    _print(found) if as_json else _judge(found, f"{file}, head in {head_beside(file)}")
    if not found.ok:
        raise typer.Exit(FAILED)


def verify(  # noqa: PLR0913 - the command's options
    file: Annotated[Path, typer.Argument(help="An export.")],
    head: Annotated[
        Path | None, typer.Option(help="A head kept elsewhere: FILE.head.json, or a saved GET /api/history.")
    ] = None,
    against_log: Annotated[
        bool, typer.Option("--against-log", help="Compare with the log of this station.")
    ] = False,
    as_json: AsJson = False,
    data: Data = None,
    kafka: KafkaUrl = None,
    postgres: PostgresUrl = None,
) -> None:
    """Check an export; the first bad record of each partition is named. Without --head or --against-log only in itself.

    Exit codes: 0 it holds, 1 it does not, 2 misused.
    """
    from services.station.record_files import verify_export, verify_with_log

    if head is not None and against_log:
        raise Misused("give either --head or --against-log")
    found = verify_export(file, head)
    if against_log and found.ok:
        settings = _settings(data, kafka, postgres)

        async def compare() -> Verdict:
            async with _room(settings) as room:
                return await verify_with_log(room, file, found)

        found = _run(compare())
    confirmed = head is not None or against_log
    _print(found) if as_json else _judge(found, str(file), compared=confirmed, with_log=against_log)
    if not found.ok:
        raise typer.Exit(FAILED)


def somebody() -> Actor:
    """Whoever has the machine: sees everything but free text, and is noted by the name the machine knows."""
    return Actor(id=f"os:{pwd.getpwuid(os.getuid()).pw_name}", roles=("auditor",))


@asynccontextmanager
async def _room(settings: Settings) -> AsyncIterator[ReadingRoom]:
    from services.replay.bootstrap import reading_room

    async with asyncpg.create_pool(settings.postgres, min_size=1, max_size=2) as pool:
        room = reading_room(settings, pool)
        room.say = _progress
        yield room


def _run(work: Coroutine[object, object, T]) -> T:
    """The result; what a person can mend is said in one sentence."""
    try:
        return asyncio.run(work)
    except RecordBroken as error:
        raise StationError(f"the record does not hold together: {error}") from error
    except RecordNewer as error:
        raise StationError(f"the record was written by newer code ({error}): use that version") from error
    except AWAY as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise StationError("the disk is full: make space, then try again") from error
        raise StationError(
            f"Kafka or PostgreSQL cannot be reached ({error}): does the station run?"
        ) from error
    except KeyboardInterrupt as error:
        raise StationError("cancelled; nothing was changed") from error
    finally:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")


def _settings(data: Path | None, kafka: str | None, postgres: str | None) -> Settings:
    """Where the record lies: as named, else where the station on `data` runs."""
    settings = read_settings(data_dir=data, kafka=kafka, postgres=postgres)
    return named_or_running(settings, "kafka", "postgres")


def _instant(text: str) -> int:
    try:
        return instant_of_text(text)
    except NotAnInstant as error:
        raise Misused(f"{text!r} is no instant: write {INSTANT}") from error


def _maybe(text: str | None) -> int | None:
    return None if text is None else _instant(text)


def _progress(partition: int, done: int, of: int) -> None:
    if of > STEP and sys.stderr.isatty():
        sys.stderr.write(f"\rpartition {partition}: {done:,} of {of:,} ")
        sys.stderr.flush()


def _print(found: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")


def _tell(found: History) -> None:
    say = typer.echo
    say(f"at {_clock(found.at)}, hash {found.hash}")
    for one in found.positions:
        say(f"  partition {one.partition:>2}  offset {one.offset}  head {one.head}  {_clock(one.time)}")
    say(f"{len(found.alarms)} alarms")
    for view in found.alarms:
        where = view.site_name or view.site
        say(
            f"  {view.number}  {view.state}  priority {view.priority}  {view.class_}  account {view.account}"
            f"  {where}  {_clock(view.received_at)}  with {view.claimed_by or 'nobody'}"
            f"  verification {view.tracks.verification}  escalation {view.tracks.escalation}  {view.id}"
        )
    say(f"{len(found.escalations)} escalations")
    for report in found.escalations:
        say(f"  {report.number}  {report.state}  {report.class_}  {_clock(report.escalated_at)}  {report.id}")


def _judge(found: Verdict, what: str, *, compared: bool = True, with_log: bool = False) -> None:
    for one in found.partitions:
        reach = "nothing in this stretch" if one.first is None else f"offsets {one.first} to {one.last}"
        typer.echo(f"  partition {one.partition:>2}  {one.counting} of {one.records} records count, {reach}")
        if compared and not with_log and -1 < one.anchored < (one.last or 0):
            typer.echo(
                f"    the head kept elsewhere confirms it up to offset {one.anchored}, not behind that"
            )
        if one.withheld and not one.whole and not with_log:
            typer.echo(
                f"    {one.withheld} records are withheld: only the head made with this export proves around them"
            )
    for finding in found.findings:
        where = "" if finding.partition is None else f" partition {finding.partition}"
        where += "" if finding.offset is None else f" offset {finding.offset}"
        typer.echo(f"BAD {finding.kind}{where}: {finding.detail}")
    typer.echo(f"{'holds' if found.ok else 'DOES NOT HOLD'}: {what}")
    if found.ok and not compared:
        typer.echo(
            "not compared with a head kept elsewhere: whoever rewrote all of it would not be found; use --head"
        )


def _clock(at: int) -> str:
    """Asia/Shanghai, to the microsecond."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(SHANGHAI).isoformat(" ")

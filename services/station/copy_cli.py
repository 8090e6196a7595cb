"""`jiejing backup` and `jiejing restore`. Exit codes: 0 done, 1 not, 2 misused."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from services.contracts.topics import EVENTS
from services.runtime.settings import read_settings
from services.station.adapters.data_folder import is_held, named_or_running
from services.station.errors import Misused, StationError

if TYPE_CHECKING:
    from services.station.copies.manifest import Manifest

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the copy.")]
Data = Annotated[Path | None, typer.Option(help="Folder of all data; default ./data.")]
KafkaUrl = Annotated[str | None, typer.Option(metavar="HOST:PORT", help="A Kafka of your own.")]
PostgresUrl = Annotated[str | None, typer.Option(metavar="URL", help="A PostgreSQL of your own.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


class Told(msgspec.Struct, frozen=True):
    """What is printed of a copy. `sha256`: of its manifest; kept elsewhere it proves the whole copy."""

    folder: str
    sha256: str
    made_at: int
    version: str
    decisions: int
    heads: dict[int, str]


def register(app: typer.Typer) -> None:
    """Make both commands known."""
    app.command()(backup)
    app.command()(restore)


def backup(  # noqa: PLR0913 - the command's options, each a name that outsiders rely on
    folder: Folder,
    check: Annotated[
        bool, typer.Option("--check", help="Read a copy that is there, to the last byte.")
    ] = False,
    data: Data = None,
    kafka: KafkaUrl = None,
    postgres: PostgresUrl = None,
    as_json: AsJson = False,
) -> None:
    """Copy everything that cannot be built again into a new folder, while the station runs.

    In it: the record, the inbox, the lines for the receivers, the register with
    its history, accounts, audit, and the keys of sealed text. Whoever has it reads
    everything, so keep it as you keep the station. Not in it: the folder DATA/secrets
    (the key that seals the keys of lines, tokens) and DATA/jiejing.toml, which seldom
    change; signals that wait in DATA/spool. The folder appears whole or not at all.
    """
    from services.station.copies import backup as copying
    from services.station.copies.check import check as look

    folder = folder.resolve()
    if check:
        manifest = look(folder, _progress)
    else:
        settings = named_or_running(
            read_settings(data_dir=data, kafka=kafka, postgres=postgres), "kafka", "postgres"
        )
        manifest = asyncio.run(copying.backup(settings, folder, _progress))
    _end_of_progress()
    _tell(folder, manifest, copying.digest_of(folder), as_json=as_json)


def restore(
    folder: Folder,
    data: Annotated[Path, typer.Option(help="A new folder for all data.")],
    kafka: KafkaUrl = None,
    postgres: PostgresUrl = None,
) -> None:
    """Bring a copy back into an empty place; then start it with `jiejing up` on the same folder.

    DATA may hold what you kept beside the copy, the folder secrets and jiejing.toml,
    and nothing else; a Kafka or PostgreSQL of your own must be empty. Everybody logs
    in anew. What was done after the copy was made is lost, and each alarm that was
    open then says so: ask whether it was reported before you report it.
    """
    from services.station.copies.restore import restore as bring_back

    settings = read_settings(data_dir=data, kafka=kafka, postgres=postgres)
    given = settings.model_fields_set
    if is_held(settings):
        raise StationError(f"a station runs on {settings.data_dir}: restore into a new folder")
    if folder.resolve() == settings.data_dir:
        raise Misused("--data names the copy itself: give a new folder")
    manifest = asyncio.run(
        bring_back(
            folder.resolve(),
            settings,
            own_kafka="kafka" in given,
            own_postgres="postgres" in given,
            say=typer.echo,
            progress=_progress,
        )
    )
    _end_of_progress()
    typer.echo(f"restored into {settings.data_dir}; start it with `jiejing up --data {settings.data_dir}`")
    if manifest.line_key and not settings.line_key_file.exists():
        typer.echo(
            f"before that put {manifest.line_key} back as {settings.line_key_file}, or enter every panel's key again"
        )


def _progress(what: str, done: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{what}: {done:,}\r")
        sys.stderr.flush()


def _end_of_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")


def _tell(folder: Path, manifest: Manifest, sha256: str, *, as_json: bool) -> None:
    record = [one for one in manifest.topics if one.topic == EVENTS]
    told = Told(
        folder=str(folder),
        sha256=sha256,
        made_at=manifest.made_at,
        version=manifest.version,
        decisions=sum(one.records for one in record),
        heads={one.partition: one.head for one in record},
    )
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=1).decode() + "\n")
        return
    typer.echo(f"{folder} is whole: {told.decisions:,} decisions, {len(manifest.tables)} tables")
    typer.echo(f"SHA-256 of its manifest: {sha256}")

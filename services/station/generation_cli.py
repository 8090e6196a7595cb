"""`jiejing generation …`. Exit codes: 0 done, 1 not, 2 misused."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from services.contracts.topics import PARTITIONS
from services.runtime.settings import read_settings
from services.station.adapters.data_folder import held, make_folders
from services.station.adapters.embedded_postgres import remove_socket_folder
from services.station.adapters.leash import clear_leftovers
from services.station.errors import StationError
from services.station.options import AsJson, Data, KafkaUrl, PostgresUrl, Reason
from services.station.status import noted_by_up
from services.station.two_persons import passwords_of, proven, their_word

if TYPE_CHECKING:
    from services.runtime.settings import Settings
    from services.station.generation import Begun
    from services.station.two_persons import Word

generation_app = typer.Typer(help="Generations of the record.", no_args_is_help=True)


@generation_app.callback()
def generation() -> None:
    """Generations of the record."""


@generation_app.command()
def begin(  # noqa: PLR0913 - the command's options, each a name that outsiders rely on
    reason: Reason,
    by: Annotated[list[str], typer.Option(metavar="USER", help="Given twice: who begins it.")],
    cut: Annotated[
        list[int] | None,
        typer.Option(
            min=0,
            max=PARTITIONS - 1,
            metavar="PARTITION",
            help="Its chain is broken: go on from where it can be proved. May be given several times.",
        ),
    ] = None,
    data: Data = None,
    kafka: KafkaUrl = None,
    postgres: PostgresUrl = None,
    as_json: AsJson = False,
) -> None:
    """Let the record go on in new topics, by the word of two persons, while the station does not run.

    Each is an administrator or a shift supervisor and proves it by password,
    asked for, or one line each on standard input. The new topics carry everything
    that is known; the old ones are sealed and stay readable. Broken off, it is run
    again. Then start the station with `jiejing up`.
    """
    word = their_word(by, reason)
    settings = read_settings(data_dir=data, kafka=kafka, postgres=postgres)
    done = asyncio.run(_begin(settings, word, passwords_of(word), frozenset(cut or ())))
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(done), indent=1).decode() + "\n")
        return
    typer.echo(f"generation {done.generation} is begun; start the station with `jiejing up`")
    for one in done.partitions:
        left_out = f", {one.left_out} records left out" if one.left_out else ""
        typer.echo(f"  partition {one.partition} goes on at offset {one.begins} behind {one.head}{left_out}")


async def _begin(settings: Settings, word: Word, passwords: list[str], cut: frozenset[int]) -> Begun:
    from services.station.generation import Order
    from services.station.generation import begin as begin_in
    from services.station.up import running_stores

    given = settings.model_fields_set
    make_folders(settings)
    with held(settings):
        if missing := [name for name in noted_by_up(settings).own if name not in given]:
            options = " and ".join(f"--{name}" for name in missing)
            raise StationError(f"this station ran on stores of your own: give {options}, as for `jiejing up`")
        await asyncio.to_thread(clear_leftovers, settings)
        try:
            async with running_stores(
                settings, own_kafka="kafka" in given, own_postgres="postgres" in given, say=_say
            ) as stores:
                by = await proven(stores.postgres, word, passwords, "jiejing generation begin")
                return await begin_in(stores, Order(by, word.reason, cut), _say)
        finally:
            remove_socket_folder(settings)


def _say(line: str) -> None:
    typer.echo(line, err=True)

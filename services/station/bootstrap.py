"""The command `jiejing`. Exit codes: 0 done, 1 failed, 2 misused."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from services.registry.cli import registry_app
from services.runtime.settings import Address, Settings, read_settings
from services.station.bench.cli import bench
from services.station.config_check import config_app
from services.station.copy_cli import register as register_copies
from services.station.demo_cli import register as register_demo
from services.station.ending import FAILED, in_words
from services.station.errors import StationError
from services.station.generation_cli import generation_app
from services.station.mend import mend
from services.station.options import AsJson, Data, KafkaUrl, PostgresUrl
from services.station.people_cli import people_app
from services.station.policestub import policestub
from services.station.processes import WORKERS, run_process
from services.station.record_cli import register as register_record
from services.station.shadow_cli import shadow
from services.station.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Coroutine

INTERRUPTED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

app = typer.Typer(
    name="jiejing", help="An alarm operations centre on one machine.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
app.add_typer(registry_app, name="registry")
app.add_typer(config_app, name="config")
app.add_typer(generation_app, name="generation")
app.add_typer(people_app, name="people")
app.command()(bench)
app.command()(mend)
app.command()(policestub)
app.command()(shadow)
app.command()(simulate)
register_copies(app)
register_record(app)
register_demo(app)
_shown = Console(highlight=False, soft_wrap=True)

Config = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Settings in TOML; default DATA/jiejing.toml if it is there."),
]
Listen = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Where it listens; port 0 takes a free one.")
]


def say(line: str) -> None:
    """One line for a person."""
    _shown.print(line, markup=False)


@app.command()
def up(  # noqa: PLR0913 - the command's options, each a name that outsiders rely on
    data: Data = None,
    web: Listen = None,
    feed: Listen = None,
    signals: Listen = None,
    dc09: Listen = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="Accounts and a register to try.")
    ] = None,
    kafka: KafkaUrl = None,
    postgres: PostgresUrl = None,
    config: Config = None,
) -> None:
    """Start everything and stay until Ctrl-C."""
    from services.station.up import up as run

    settings = read_settings(
        config=config,
        data_dir=data,
        web=web,
        feed=feed,
        signals=signals,
        dc09=dc09,
        demo=demo,
        kafka=kafka,
        postgres=postgres,
    )
    given = settings.model_fields_set
    _until_told(run(settings, own_kafka="kafka" in given, own_postgres="postgres" in given, say=say))


@app.command()
def status(data: Data = None, config: Config = None, as_json: AsJson = False) -> None:
    """Say what runs on a data folder and what is missing; exit code 1 when it does not run whole."""
    from services.station.status import look, sentences

    found = asyncio.run(look(read_settings(config=config, data_dir=data)))
    if as_json:
        _print_json(found)
    else:
        for line in sentences(found):
            say(line)
    if not found["whole"]:
        raise typer.Exit(FAILED)


@app.command()
def doctor(data: Data = None, config: Config = None, as_json: AsJson = False) -> None:
    """Look at this machine and say what is missing; exit code 1 when something is."""
    from services.station.doctor import examine

    findings = examine(read_settings(config=config, data_dir=data))
    if as_json:
        _print_json({"findings": [one._asdict() for one in findings]})
    else:
        for one in findings:
            say(f"{'ok  ' if one.ok else 'NO  '}{one.name}: {one.said}")
    if not all(one.ok for one in findings):
        raise typer.Exit(FAILED)


@app.command()
def migrate(postgres: PostgresUrl = None, data: Data = None) -> None:
    """Bring the schemas of a PostgreSQL, or of the running station, up to date."""
    from services.station.up import apply_migrations

    settings = read_settings(postgres=postgres, data_dir=data)
    asyncio.run(apply_migrations(_address(settings, "postgres"), say))


@app.command()
def topics(kafka: KafkaUrl = None, data: Data = None, as_json: AsJson = False) -> None:
    """Make what is missing of the topics on a Kafka, or on the running station's."""
    from services.station.adapters.kafka_topics import make_topics, wanted_topics

    wanted = wanted_topics()
    made = make_topics(_address(read_settings(kafka=kafka, data_dir=data), "kafka"), wanted)
    if as_json:
        _print_json({"topics": [one._asdict() for one in wanted], "made": made})
        return
    for one in wanted:
        say(f"{one.name}: {one.partitions} partitions, {'made' if one.name in made else 'there'}")


@app.command()
def furnish(
    kafka: KafkaUrl = None, postgres: PostgresUrl = None, data: Data = None, config: Config = None
) -> None:
    """Make what the processes need on a Kafka and a PostgreSQL: schemas, topics, logs, secrets, first accounts.

    `up` does this itself; it is for those who run each process by itself. A second time it does nothing.
    """
    from services.station.up import furnish_apart

    settings = read_settings(config=config, data_dir=data, kafka=kafka, postgres=postgres)
    asyncio.run(furnish_apart(settings, say))


@app.command()
def run(
    name: Annotated[str, typer.Argument(help=", ".join(WORKERS))], data: Data = None, config: Config = None
) -> None:
    """Run one process by itself, told by JIEJING_* variables or a file."""
    run_process(name, read_settings(config=config, data_dir=data))


@app.command()
def panel(  # noqa: PLR0913 - each is an option
    scenario: Annotated[
        str, typer.Argument(help="Name of a shipped scenario, or a .toml file.")
    ] = "burglary",
    speed: Annotated[float, typer.Option(min=0.01, help="1: as it happened; 10: ten times as fast.")] = 1.0,
    account: Annotated[str | None, typer.Option(help="Another account than the scenario's.")] = None,
    dc09: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="A receiver; default the running one.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="HEX", help="AES key of the line: the panel sends encrypted.")
    ] = None,
    data: Data = None,
) -> None:
    """Play a panel that reports over DC-09 and waits for its acknowledgements."""
    from services.ingest.panel import NoAnswer, ScenarioUnreadable, aes_key, send_scenario
    from services.ingest.panel import scenario as read

    address = Address.parse(_address(read_settings(dc09=dc09, data_dir=data), "dc09"))
    try:
        played = read(scenario)
        sending = send_scenario(
            address.host,
            address.port,
            account or played.account,
            played.event,
            speed=speed,
            key=aes_key(key or played.key),
        )
        answers = asyncio.run(sending)
    except (NoAnswer, ScenarioUnreadable, OSError, ValueError) as problem:
        raise StationError(f"the panel got nowhere: {problem}") from problem
    for answer in answers:
        say(answer)


def _address(settings: Settings, which: str) -> str:
    """The one given, else the running station's."""
    from services.station.adapters.data_folder import named_or_running

    return str(getattr(named_or_running(settings, which), which))


def _print_json(found: object) -> None:
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def _until_told(work: Coroutine[object, object, None]) -> None:
    """Run until it ends or a signal comes; a signal is the normal way to end."""

    async def shell() -> None:
        task = asyncio.current_task()
        assert task is not None
        for number in INTERRUPTED:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await work

    asyncio.run(shell())


def main() -> None:
    """Run the command line."""
    with in_words():
        app()

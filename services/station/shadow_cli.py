"""`jiejing shadow`: hold this code beside the whole record. Exit codes: 0 agrees, 1 its own decisions differ."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from aiokafka.errors import KafkaError

from services.contracts.codec import Unreadable
from services.eventsourcing.ports import LogError
from services.runtime.settings import read_settings
from services.station.adapters.data_folder import named_or_running
from services.station.errors import StationError
from services.station.status import noted_by_up

if TYPE_CHECKING:
    from services.eventsourcing.shadow import Difference
    from services.runtime.settings import Settings

SHOWN = 10
FAILED = 1


class Compared(msgspec.Struct, frozen=True):
    """What came of it. `code`: this version; `differ`: by the version that decided, how often this one parts from it."""

    code: str
    records: int
    differ: dict[str, int]
    first: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether this code still says what it said."""
        return not self.differ.get(self.code)


def shadow(
    data: Annotated[Path | None, typer.Option(help="Folder of all data; default ./data.")] = None,
    kafka: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="A Kafka of your own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Make every decision of the record again with this code, and list where it would decide otherwise.

    Nothing is written. Run a new release so before it is switched on: what differs
    from older versions is what the release changes. Differences from its own
    version mean that something is wrong; the process `shadow` tells a supervisor
    of them as they happen.
    """
    settings = named_or_running(read_settings(data_dir=data, kafka=kafka), "kafka")
    noted = noted_by_up(settings).settle_s if kafka is None else None
    if noted is not None:
        settings = settings.model_copy(update={"settle_s": noted})
    try:
        found = asyncio.run(_compare(settings))
    except LogError as error:
        raise StationError(f"the record does not hold together: {error}") from error
    except Unreadable as error:
        raise StationError(f"the record was written by newer code ({error}): use that version") from error
    except (KafkaError, OSError, TimeoutError) as error:
        raise StationError(f"Kafka cannot be reached ({error}): does the station run?") from error
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
    else:
        _tell(found)
    if not found.holds:
        raise typer.Exit(FAILED)


async def _compare(settings: Settings) -> Compared:
    from services.alarm_router import bootstrap

    law = bootstrap.law_of(settings)
    differ: Counter[str] = Counter()
    first: list[Difference] = []
    records = 0
    for partition in range(settings.partitions):
        looking = await bootstrap.shadow(settings, partition, law)
        try:
            end = await looking.end()
            while looking.at < end:
                for found in await looking.go_on():
                    differ[found.code] += 1
                    first += [found] if len(first) < SHOWN else []
                _progress(partition, looking.at, end)
        finally:
            await looking.close()
        records += end
    return Compared(bootstrap.code_version(law), records, dict(differ), tuple(first))


def _progress(partition: int, done: int, end: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[Kpartition {partition}: {done:,} of {end:,}\r")
        sys.stderr.flush()


def _tell(found: Compared) -> None:
    typer.echo(f"{found.records:,} records held beside {found.code}")
    for code, count in sorted(found.differ.items()):
        own = ", ITS OWN" if code == found.code else ""
        typer.echo(f"  {count:,} decisions of {code}{own} would be others now")
    for one in found.first:
        typer.echo(
            f"    partition {one.partition} inbox {one.source} decided at {one.lies_at}: {', '.join(one.parts)}"
        )
    if not found.differ:
        typer.echo("every decision would be the same")

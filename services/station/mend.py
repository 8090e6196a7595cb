"""`jiejing mend`: two persons let a stopped partition go on behind what it cannot decide.

Exit codes: 0 mended, 1 not, 2 misused.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from aiokafka.errors import KafkaError

from services.contracts.topics import PARTITIONS
from services.runtime.postgres_pool import POSTGRES_AWAY
from services.runtime.settings import Settings, read_settings
from services.station.adapters.data_folder import named_or_running
from services.station.errors import StationError
from services.station.options import AsJson, Data, KafkaUrl, PostgresUrl, Reason
from services.station.two_persons import Word, passwords_of, proven, their_word

if TYPE_CHECKING:
    from services.alarm_router.handlers.mending import Mended

_AWAY = (*POSTGRES_AWAY, KafkaError)


def mend(  # noqa: PLR0913 - the command's options, each a name that outsiders rely on
    partition: Annotated[int, typer.Argument(min=0, max=PARTITIONS - 1, help="The one that stopped.")],
    reason: Reason,
    by: Annotated[list[str], typer.Option(metavar="USER", help="Given twice: who mends.")],
    through: Annotated[
        int | None, typer.Option(metavar="OFFSET", help="The last inbox record; default: only the first.")
    ] = None,
    data: Data = None,
    kafka: KafkaUrl = None,
    postgres: PostgresUrl = None,
    as_json: AsJson = False,
) -> None:
    """Pass over inbox records that this version cannot decide, by the word of two persons.

    Each is an administrator or a shift supervisor and proves it by password,
    asked for, or one line each on standard input. One decision names what was
    passed over and why; the partition then goes on by itself.
    """
    word = their_word(by, reason)
    settings = _settings(data, kafka, postgres)
    done = _run(settings, word, passwords_of(word), partition, through)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(done), indent=1).decode() + "\n")
    else:
        tell(done)


def _settings(data: Path | None, kafka: str | None, postgres: str | None) -> Settings:
    """Where the record and the people are: as named, else where the station on `data` runs."""
    settings = read_settings(data_dir=data, kafka=kafka, postgres=postgres)
    return named_or_running(settings, "kafka", "postgres")


def _run(settings: Settings, word: Word, passwords: list[str], partition: int, through: int | None) -> Mended:
    from services.alarm_router.bootstrap import mend_partition
    from services.alarm_router.handlers.mending import NotMended, Order

    async def work() -> Mended:
        by = await proven(settings.postgres, word, passwords, "jiejing mend")
        return await mend_partition(settings.kafka, partition, Order(by, word.reason, through))

    try:
        return asyncio.run(work())
    except NotMended as error:
        raise StationError(f"partition {partition}: {error}") from error
    except _AWAY as error:
        message = f"Kafka or PostgreSQL cannot be reached ({error}): does the station run?"
        raise StationError(message) from error


def tell(done: Mended) -> None:
    """Say what was done."""
    typer.echo(f"partition {done.partition} goes on; its record says so at offset {done.lies_at}")
    for one in done.passed:
        about = f", about {_shown(one.about)}" if one.about else ""
        typer.echo(f"  passed over: inbox {one.offset}, {_shown(one.tag) or 'no tag'}, {one.hash}{about}")
        if one.is_directory_change:
            again = f"jiejing registry say-again {_shown(one.about) or 'ID'}"
            typer.echo(f"    once this version can decide it, let the register say it again: {again}")


def _shown(text: str) -> str:
    """What a stranger wrote, without what a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in text)

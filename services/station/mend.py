"""`jiejing mend`: two persons let a stopped partition go on behind what it cannot decide.

Exit codes: 0 mended, 1 not, 2 misused.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import asyncpg
import msgspec
import typer
from aiokafka.errors import KafkaError

from services.contracts.topics import PARTITIONS
from services.runtime.postgres_pool import POSTGRES_AWAY
from services.runtime.settings import Settings, read_settings
from services.station.adapters.data_folder import named_or_running
from services.station.errors import Misused, StationError

if TYPE_CHECKING:
    from services.alarm_router.handlers.mending import Mended
    from services.identity.handlers.sessions import Sessions

MAY_MEND = frozenset({"administrator", "shift_supervisor"})
PERSONS = 2
REASON_CHARS = 500
_AWAY = (*POSTGRES_AWAY, KafkaError)


def mend(  # noqa: PLR0913 - the command's options, each a name that outsiders rely on
    partition: Annotated[int, typer.Argument(min=0, max=PARTITIONS - 1, help="The one that stopped.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stands in the record for ever.")],
    by: Annotated[list[str], typer.Option(metavar="USER", help="Given twice: who mends.")],
    through: Annotated[
        int | None, typer.Option(metavar="OFFSET", help="The last inbox record; default: only the first.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of all data; default ./data.")] = None,
    kafka: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="A Kafka of your own.")] = None,
    postgres: Annotated[str | None, typer.Option(metavar="URL", help="A PostgreSQL of your own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Pass over inbox records that this version cannot decide, by the word of two persons.

    Each is an administrator or a shift supervisor and proves it by password,
    asked for, or one line each on standard input. One decision names what was
    passed over and why; the partition then goes on by itself.
    """
    names = _two(by)
    if not reason.strip() or len(reason) > REASON_CHARS:
        raise Misused(f"--reason says why, in at most {REASON_CHARS} characters")
    settings = _settings(data, kafka, postgres)
    passwords = [_password(name) for name in names]
    done = _run(settings, names, passwords, partition, reason.strip(), through)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(done), indent=1).decode() + "\n")
    else:
        tell(done)


def _two(by: list[str]) -> tuple[str, str]:
    names = [name.strip().lower() for name in by]
    if len(names) != PERSONS or len(set(names)) != PERSONS:
        raise Misused("two different persons mend: give --by USER twice")
    return names[0], names[1]


def _settings(data: Path | None, kafka: str | None, postgres: str | None) -> Settings:
    """Where the record and the people are: as named, else where the station on `data` runs."""
    settings = read_settings(data_dir=data, kafka=kafka, postgres=postgres)
    return named_or_running(settings, "kafka", "postgres")


def _password(name: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(f"password of {name}", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _run(  # noqa: PLR0913 - who, what and why
    settings: Settings,
    names: tuple[str, str],
    passwords: list[str],
    partition: int,
    reason: str,
    through: int | None,
) -> Mended:
    from services.alarm_router.bootstrap import mend_partition
    from services.alarm_router.handlers.mending import NotMended, Order

    async def work() -> Mended:
        first, second = await _proven(settings, names, passwords)
        return await mend_partition(settings.kafka, partition, Order((first, second), reason, through))

    try:
        return asyncio.run(work())
    except NotMended as error:
        raise StationError(f"partition {partition}: {error}") from error
    except _AWAY as error:
        message = f"Kafka or PostgreSQL cannot be reached ({error}): does the station run?"
        raise StationError(message) from error


async def _proven(settings: Settings, names: tuple[str, str], passwords: list[str]) -> list[str]:
    """The ids of these persons. Raises `StationError` when one is not who they say, or may not mend."""
    from services.identity.bootstrap import sessions

    async with asyncpg.create_pool(settings.postgres, min_size=1, max_size=2) as pool:
        known = sessions(pool)
        return [await _prove(known, *one) for one in zip(names, passwords, strict=True)]


async def _prove(known: Sessions, name: str, password: str) -> str:
    from services.identity.handlers.sessions import WrongLogin
    from services.identity.ports import Throttled

    try:
        person, cookie = await known.log_in(name, password, "jiejing mend")
    except WrongLogin as error:
        raise StationError(f"{name}: unknown, or the password is wrong; nothing was mended") from error
    except Throttled as error:
        wait_s = error.wait_us // 1_000_000 + 1
        raise StationError(f"{name}: too many failed attempts; try again in {wait_s} s") from error
    await known.log_out(cookie)
    if MAY_MEND.isdisjoint(person.roles):
        raise StationError(f"{name} is neither administrator nor shift supervisor; nothing was mended")
    return person.id


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

"""What two persons do together: each an administrator or a shift supervisor, and proven by password."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import asyncpg
import typer

from services.station.errors import Misused, StationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.identity.handlers.sessions import Sessions

MAY = frozenset({"administrator", "shift_supervisor"})
PERSONS = 2
REASON_CHARS = 500


class Word(NamedTuple):
    """Two persons' word, by their names, and why."""

    names: tuple[str, str]
    reason: str


def their_word(by: Sequence[str], reason: str) -> Word:
    """What was typed. Raises `Misused`."""
    names = [name.strip().lower() for name in by]
    if len(names) != PERSONS or len(set(names)) != PERSONS:
        raise Misused("two different persons do this: give --by USER twice")
    if not reason.strip() or len(reason) > REASON_CHARS:
        raise Misused(f"--reason says why, in at most {REASON_CHARS} characters")
    return Word((names[0], names[1]), reason.strip())


def passwords_of(word: Word) -> list[str]:
    """Asked for on a terminal, else one line each of standard input."""
    return [_password(name) for name in word.names]


async def proven(postgres: str, word: Word, passwords: Sequence[str], what: str) -> tuple[str, str]:
    """The ids of these persons. Raises `StationError` when one is not who they say, or may not. `what`: they do."""
    from services.identity.bootstrap import sessions

    async with asyncpg.create_pool(postgres, min_size=1, max_size=2) as pool:
        known = sessions(pool)
        first, second = [
            await _prove(known, name, password, what)
            for name, password in zip(word.names, passwords, strict=True)
        ]
    return first, second


def _password(name: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(f"password of {name}", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


async def _prove(known: Sessions, name: str, password: str, what: str) -> str:
    from services.identity.handlers.sessions import GivenPassword, WrongLogin
    from services.identity.ports import Throttled

    try:
        person, cookie = await known.log_in(name, password, what)
    except WrongLogin as error:
        raise StationError(f"{name}: unknown, or the password is wrong; nothing was done") from error
    except GivenPassword as error:
        raise StationError(
            f"{name} logs in at the pages first, and chooses a password of their own"
        ) from error
    except Throttled as error:
        wait_s = error.wait_us // 1_000_000 + 1
        raise StationError(f"{name}: too many failed attempts; try again in {wait_s} s") from error
    await known.log_out(cookie)
    if MAY.isdisjoint(person.roles):
        raise StationError(f"{name} is neither administrator nor shift supervisor; nothing was done")
    return person.id

"""`jiejing people …`: for whoever holds the data folder, when nobody is left who can log in. Exit codes: 0 done, 1 not."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated

import asyncpg
import typer

from services.runtime.settings import read_settings
from services.station.adapters.data_folder import named_or_running
from services.station.errors import StationError
from services.station.options import AsJson, Data, PostgresUrl

if TYPE_CHECKING:
    from services.runtime.settings import Settings

BY = "command line"

people_app = typer.Typer(help="Accounts, for whoever holds the data folder.", no_args_is_help=True)


@people_app.callback()
def people() -> None:
    """Accounts, for whoever holds the data folder."""


@people_app.command()
def renew(
    username: Annotated[str, typer.Argument(metavar="USERNAME")],
    data: Data = None,
    postgres: PostgresUrl = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody a new password, which is printed once, while the station runs.

    For an administrator who lost theirs; who has an administrator asks them, on
    the page People. All sessions of that person end, and the audit says that it
    was done here.
    """
    settings = named_or_running(read_settings(data_dir=data, postgres=postgres), "postgres")
    name = username.strip().lower()
    password = asyncio.run(_renewed(settings, name))
    if as_json:
        sys.stdout.write(json.dumps({"username": name, "password": password}) + "\n")
        return
    typer.echo(f"the new password of {name}, told once: {password}")
    typer.echo("log in with it: the page asks for one of your own")


async def _renewed(settings: Settings, username: str) -> str:
    from services.identity.bootstrap import keeper
    from services.runtime.postgres_pool import COMMAND_SECONDS, POSTGRES_AWAY

    try:
        async with asyncpg.create_pool(
            settings.postgres, min_size=1, max_size=1, command_timeout=COMMAND_SECONDS
        ) as pool:
            accounts = keeper(pool)
            known = {one.username: one for one in await accounts.all()}
            if username not in known:
                raise StationError(f"there is no account {username}; there are {', '.join(known)}")
            if not known[username].active:
                raise StationError(f"the account {username} was ended: an administrator gives it back first")
            return await accounts.renew_password(known[username].id, BY)
    except POSTGRES_AWAY as error:
        raise StationError(f"PostgreSQL cannot be reached ({error}): does the station run?") from error

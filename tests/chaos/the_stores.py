"""A Kafka and a PostgreSQL that somebody else runs, each behind a line that can fail."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from services.runtime.settings import Settings
from services.station.adapters.data_folder import make_folders
from services.station.adapters.embedded_kafka import ports_of, prepare_kafka
from services.station.adapters.embedded_postgres import (
    DATABASE,
    USER,
    ensure_database,
    prepare_postgres,
    remove_socket_folder,
    socket_of,
)
from services.station.supervisor import Supervisor
from tests.a_line import Line


class Stores(NamedTuple):
    """The lines, and the addresses at which they are reached."""

    lines: dict[str, Line]
    kafka: str
    postgres: str


@contextlib.asynccontextmanager
async def stores_behind_lines(folder: Path) -> AsyncIterator[Stores]:
    """Both, running. The broker names its line as its address: whoever asks it for one comes back that way."""
    settings = Settings(data_dir=folder / "stores")
    make_folders(settings)
    children = [await asyncio.to_thread(prepare_postgres, settings)]
    kafka = await asyncio.to_thread(prepare_kafka, settings)
    ports, socket = ports_of(settings), socket_of(settings)
    assert ports is not None and socket is not None
    lines = {
        "kafka": Line(partial(asyncio.open_connection, "127.0.0.1", ports.broker)),
        "postgres": Line(partial(asyncio.open_unix_connection, socket / ".s.PGSQL.5432")),
    }
    with contextlib.ExitStack() as standing:
        standing.callback(remove_socket_folder, settings)
        at = {name: f"127.0.0.1:{standing.enter_context(line.standing())}" for name, line in lines.items()}
        named = ("--override", f"advertised.listeners=PLAINTEXT://{at['kafka']}")
        children.append(replace(kafka, argv=(*kafka.argv, *named)))
        async with Supervisor(settings, print) as supervisor:
            await supervisor.start(children)
            await ensure_database(settings)
            yield Stores(lines, at["kafka"], f"postgresql://{USER}@{at['postgres']}/{DATABASE}")

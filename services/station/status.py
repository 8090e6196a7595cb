"""`jiejing status`: what should run on a data folder and what does, from what it left under `run/` and from asking."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypedDict

import msgspec

from services.ingest.adapters.file_spool import Seen, look_into
from services.runtime.health import is_ready
from services.runtime.metrics import target_of
from services.station.adapters.data_folder import is_held, read_run_file
from services.station.adapters.embedded_kafka import kafka_answers, ports_of
from services.station.adapters.embedded_postgres import database_answers, postgres_answers, socket_of
from services.station.adapters.kafka_topics import is_writable
from services.station.adapters.leash import Kept, running_children
from services.station.config_check import masked
from services.station.processes import STORES, expected

if TYPE_CHECKING:
    from services.runtime.settings import Settings

ANSWER_SECONDS = 3.0  # a store that says nothing for so long is of no use to anybody now
_NOT_SHOWN = frozenset({"accounts", "signal_token"})


class Expected(msgspec.Struct, frozen=True):
    """What `up` noted. `own`: those of `names` that somebody else runs; `settle_s`: what interruptions settle in."""

    own: tuple[str, ...] = ()
    names: tuple[str, ...] = expected()
    settle_s: int | None = None


class Process(TypedDict):
    """One that should run. `pid`: none when it does not, or when somebody else runs it; `figures`: HOST:PORT."""

    name: str
    pid: int | None
    ready: bool
    figures: str | None


class Status(TypedDict):
    """`whole`: started to the end, everybody expected is there and ready. `missing`: who does not run.

    `spool`: signals that were acknowledged and wait on disk for Kafka.
    """

    data: str
    running: bool
    whole: bool
    missing: list[str]
    processes: list[Process]
    endpoints: dict[str, object]
    spool: Seen


async def look(settings: Settings) -> Status:
    """Ask all at the same time, each for a few seconds; secrets are left out."""
    running = is_held(settings)
    endpoints = (read_run_file(settings, "endpoints.json") or {}) if running else {}
    kept = {one.name: one for one in running_children(settings)} if running else {}
    noted = noted_by_up(settings)
    names = dict.fromkeys((*noted.names, *kept))
    processes = await asyncio.gather(
        *(_process(name, settings, kept.get(name), noted, endpoints) for name in names)
    )
    return Status(
        data=str(settings.data_dir),
        running=running,
        whole=bool(endpoints) and all(one["ready"] for one in processes),
        missing=[one["name"] for one in processes if one["pid"] is None and not one["ready"]],
        processes=processes,
        endpoints=_without_secrets(endpoints),
        spool=look_into(settings.spool_dir),
    )


def sentences(found: Status) -> Iterator[str]:
    """The same for a person."""
    yield f"{found['data']}: {'running' if found['running'] else 'not running'}"
    yield from _spooled(found["spool"], found["data"])
    if not found["running"]:
        return
    for one in found["processes"]:
        yield f"  {one['name']:<10} {one['pid'] or '-':>7}  {'ready' if one['ready'] else 'not ready'}"
    for one in found["processes"]:
        if one["name"] in STORES and not one["ready"]:
            yield f"{one['name']} does not answer (it was given {ANSWER_SECONDS:g} s), and nothing is whole without it"
    if found["missing"]:
        yield f"missing: {', '.join(found['missing'])}; their last words are in {found['data']}/logs"
    elif not found["whole"]:
        yield "not whole yet: it is starting, or a process is coming back"


def _spooled(spool: Seen, data: str) -> Iterator[str]:
    if spool["signals"]:
        yield f"{spool['signals']} acknowledged signals ({spool['bytes']} bytes) wait in {data}/spool for Kafka"
    if spool["damaged"]:
        yield f"{spool['damaged']} damaged files were set aside in {data}/spool: an engineer should look at them"


def noted_by_up(settings: Settings) -> Expected:
    """Who should run, as `up` noted it: the demo and stores of somebody else make a difference."""
    noted = read_run_file(settings, "expected.json")
    return msgspec.convert(noted, Expected) if noted else Expected()


async def _process(
    name: str, settings: Settings, kept: Kept | None, noted: Expected, endpoints: dict[str, object]
) -> Process:
    if name in noted.own:
        return Process(name=name, pid=None, ready=await _own_answers(name, endpoints), figures=None)
    if kept is None:
        return Process(name=name, pid=None, ready=False, figures=None)
    ready, figures = await _answers(settings, kept), target_of(settings, name)
    return Process(name=name, pid=kept.pid, ready=ready, figures=figures)


async def _own_answers(name: str, endpoints: dict[str, object]) -> bool:
    if name not in endpoints:
        return False
    address = str(endpoints[name])
    if name == "kafka":
        return await is_writable(address, seconds=ANSWER_SECONDS)
    return await database_answers(address)


async def _answers(settings: Settings, kept: Kept) -> bool:
    if kept.name == "kafka":
        ports = ports_of(settings)
        return ports is not None and await kafka_answers(ports.broker, seconds=ANSWER_SECONDS)
    if kept.name == "postgres":
        socket = socket_of(settings)
        return socket is not None and await postgres_answers(socket)
    return is_ready(settings, kept.name, kept.pid)


def _without_secrets(endpoints: dict[str, object]) -> dict[str, object]:
    shown = {key: value for key, value in endpoints.items() if key not in _NOT_SHOWN}
    return {**shown, "postgres": masked(str(shown["postgres"]))} if "postgres" in shown else shown

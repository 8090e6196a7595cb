"""`jiejing status`: what runs on a data folder, from what it left under `run/` and from asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from services.runtime.health import is_ready
from services.station.adapters.data_folder import is_held, read_run_file
from services.station.adapters.embedded_kafka import kafka_answers, ports_of
from services.station.adapters.embedded_postgres import postgres_answers, socket_of
from services.station.adapters.leash import Kept, running_children

if TYPE_CHECKING:
    from services.runtime.settings import Settings

_NOT_SHOWN = frozenset({"accounts", "signal_token"})


class Process(TypedDict):
    """One child."""

    name: str
    pid: int
    ready: bool


class Status(TypedDict):
    """`whole`: started to the end, and everybody is ready."""

    data: str
    running: bool
    whole: bool
    processes: list[Process]
    endpoints: dict[str, object]


async def look(settings: Settings) -> Status:
    """Ask; secrets are left out."""
    running = is_held(settings)
    kept = running_children(settings) if running else []
    processes = [Process(name=one.name, pid=one.pid, ready=await _answers(settings, one)) for one in kept]
    endpoints = (read_run_file(settings, "endpoints.json") or {}) if running else {}
    return Status(
        data=str(settings.data_dir),
        running=running,
        whole=bool(endpoints) and all(one["ready"] for one in processes),
        processes=processes,
        endpoints={key: value for key, value in endpoints.items() if key not in _NOT_SHOWN},
    )


async def _answers(settings: Settings, kept: Kept) -> bool:
    if kept.name == "kafka":
        ports = ports_of(settings)
        return ports is not None and await kafka_answers(ports.broker)
    if kept.name == "postgres":
        socket = socket_of(settings)
        return socket is not None and await postgres_answers(socket)
    return is_ready(settings, kept.name, kept.pid)

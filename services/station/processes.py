"""Which processes there are, what each runs, and how one is run. The only place that knows every service."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from services.runtime.health import is_ready
from services.runtime.logging import configure_logging
from services.runtime.metrics import serve_figures
from services.station.adapters.child import Child
from services.station.errors import Misused

if TYPE_CHECKING:
    from services.runtime.settings import Settings

Run = Callable[["Settings"], Awaitable[None]]

# A process may run several workers; they live and die together.
WORKERS: dict[str, tuple[str, ...]] = {
    "ingest": ("services.ingest.worker",),
    "router": ("services.alarm_router.worker",),
    "projector": (
        "services.desk.projector_worker",
        "services.desk.accounting_worker",
        "services.registry.relay_worker",
        "services.registry.adoption_worker",
    ),
    "web": ("services.station.web",),
    "feed": ("services.station.feed",),
    "outbound": ("services.police_link.worker",),
    "followup": ("services.alarm_router.followup_worker",),
    "shadow": ("services.alarm_router.shadow_worker",),
}
# Only with `--demo`: panels that play a quiet day.
DEMO: dict[str, tuple[str, ...]] = {"demo": ("services.station.demo.worker",)}
STORES = ("postgres", "kafka")


def workers_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Those that run with these settings."""
    return {**WORKERS, **(DEMO if settings.demo and settings.demo_traffic else {})}


def expected(own: Iterable[str] = (), workers: Iterable[str] = WORKERS) -> tuple[str, ...]:
    """Everybody that must be there, in the order of their start. `own`: stores that somebody else runs.

    Those are expected too, since nothing works without them.
    """
    foreign = sorted(own)
    return (*foreign, *(name for name in STORES if name not in foreign), *workers)


def service_child(name: str, settings: Settings) -> Child:
    """The process `name` as a child that reads these settings from its environment."""

    async def ready(pid: int) -> bool:
        return is_ready(settings, name, pid)

    return Child(
        name=name,
        argv=(sys.executable, "-m", "services.station.process", name),
        environment=settings.environment(),
        log=settings.logs_dir / f"{name}.log",
        ready=ready,
    )


def run_process(name: str, settings: Settings) -> None:
    """Run the process `name` until it is told to end."""
    workers = WORKERS | (DEMO if settings.demo else {})
    if name not in workers:
        message = f"there is no process {name!r}: use one of {', '.join(workers)}"
        raise Misused(message)
    configure_logging(settings, name)
    runs: list[Run] = [importlib.import_module(path).run for path in workers[name]]
    runs.append(partial(serve_figures, name=name))
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_together(runs, settings))


async def _together(runs: list[Run], settings: Settings) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with asyncio.TaskGroup() as group:
        for run in runs:
            group.create_task(_one(run, settings))


async def _one(run: Run, settings: Settings) -> None:
    await run(settings)

"""`jiejing bench [NAME…] [--json] [--quick]`, and `--draw FOLDER [WHAT…]`."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.console import Console
from rich.table import Table

from services.runtime.logging import configure_logging
from services.runtime.settings import Settings
from services.station.bench.figure import Figure
from services.station.errors import Misused

if TYPE_CHECKING:
    from services.station.bench.broker import Bench

# Imported when they run: some load what a command line should not wait for.
BENCHES: dict[str, str] = {
    "router.correlate": "router_correlate",
    "router.decide": "router_decide",
    "router.recover": "router_recover",
    "router.memory": "router_memory",
    "ingest.dc09": "ingest_dc09",
    "replay.fold": "replay_fold",
    "desk.project": "desk_project",
    "desk.ticket": "desk_ticket",
    "screen.latency": "screen_latency",
    "feed.fanout": "feed_fanout",
    "liveness.sweep": "liveness_sweep",
    "station.start": "station_start",
}
WIDE = 170  # of what is kept in a file: no name and no value is cut
GROWTH = ("sites", "memory", "partitions", "screens", "processes", "panels", "systems", "length")
Measure: TypeAlias = "Callable[[Bench], Awaitable[list[Figure]]]"


def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=", ".join(BENCHES))] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the work.")] = False,
    draw: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Draw instead how figures grow, into this folder: " + ", ".join(GROWTH)
        ),
    ] = None,
) -> None:
    """Measure, each figure beside a yardstick of the same run; without a name all of them."""
    configure_logging(Settings(log_level="warning"), "bench")  # figures alone go to standard output
    if draw is not None:
        _draw(names or list(GROWTH), draw, quick=quick)
        return
    chosen = names or list(BENCHES)
    if unknown := [name for name in chosen if name not in BENCHES]:
        raise Misused(f"there is no bench {unknown[0]!r}: use one of {', '.join(BENCHES)}")
    figures = asyncio.run(measure(chosen, quick=quick))
    if as_json:
        sys.stdout.write(json.dumps({"results": [one.row() for one in figures]}, ensure_ascii=False) + "\n")
    else:
        Console(width=None if sys.stdout.isatty() else WIDE).print(_table(figures))


def _draw(names: list[str], folder: Path, *, quick: bool) -> None:
    from services.station.bench.growth import drawn

    if unknown := [name for name in names if name not in GROWTH]:
        raise Misused(f"nothing is drawn of {unknown[0]!r}: use one of {', '.join(GROWTH)}")
    for path in asyncio.run(drawn(names, folder, quick=quick)):
        sys.stdout.write(f"{path}\n")


async def measure(names: list[str], *, quick: bool) -> list[Figure]:
    """Each bench in its turn, on one broker."""
    from services.station.bench.broker import a_bench

    async with a_bench(quick=quick) as place:
        return [
            figure._replace(load=os.getloadavg()[0])
            for name in names
            for figure in await measure_of(name)(place)
        ]


def measure_of(name: str) -> Measure:
    """A module of this package has one function of its own name."""
    module = importlib.import_module(f"services.station.bench.{BENCHES[name]}")
    measure: Measure = getattr(module, BENCHES[name])
    return measure


def _table(figures: list[Figure]) -> Table:
    table = Table("name", "value", "unit", "yardstick", "its value", "ratio", "CPU us each", "load")
    for one in figures:
        table.add_row(
            one.name, _said(one.value, 2), one.unit, one.yardstick, _said(one.yardstick_value, 2),
            _said(one.ratio, 2), _said(one.cpu_us, 1), _said(one.load, 1),
        )  # fmt: skip
    return table


def _said(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"

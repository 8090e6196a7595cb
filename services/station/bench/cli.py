"""`jiejing bench [NAME…] [--json] [--quick]`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.station.bench.broker import Bench, a_bench
from services.station.bench.desk_project import desk_project
from services.station.bench.desk_ticket import desk_ticket
from services.station.bench.figure import Figure
from services.station.bench.ingest_dc09 import ingest_dc09
from services.station.bench.replay_fold import replay_fold
from services.station.bench.router_correlate import router_correlate
from services.station.bench.router_decide import router_decide
from services.station.bench.router_recover import router_recover
from services.station.bench.screen_latency import screen_latency
from services.station.bench.station_start import station_start
from services.station.errors import Misused

BENCHES: dict[str, Callable[[Bench], Awaitable[list[Figure]]]] = {
    "router.correlate": router_correlate,
    "router.decide": router_decide,
    "router.recover": router_recover,
    "ingest.dc09": ingest_dc09,
    "replay.fold": replay_fold,
    "desk.project": desk_project,
    "desk.ticket": desk_ticket,
    "screen.latency": screen_latency,
    "station.start": station_start,
}


def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=", ".join(BENCHES))] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A tenth of the work.")] = False,
) -> None:
    """Measure, each figure beside a yardstick of the same run; without a name all of them."""
    chosen = names or list(BENCHES)
    if unknown := [name for name in chosen if name not in BENCHES]:
        raise Misused(f"there is no bench {unknown[0]!r}: use one of {', '.join(BENCHES)}")
    figures = asyncio.run(measure(chosen, quick=quick))
    if as_json:
        sys.stdout.write(json.dumps({"results": [one.row() for one in figures]}, ensure_ascii=False) + "\n")
    else:
        Console().print(_table(figures))


async def measure(names: list[str], *, quick: bool) -> list[Figure]:
    """Each bench in its turn, on one broker."""
    async with a_bench(quick=quick) as place:
        return [figure for name in names for figure in await BENCHES[name](place)]


def _table(figures: list[Figure]) -> Table:
    table = Table("name", "value", "unit", "yardstick", "its value", "ratio", "CPU us each")
    for one in figures:
        cpu = "" if one.cpu_us is None else f"{one.cpu_us:.1f}"
        table.add_row(
            one.name, f"{one.value:,.2f}", one.unit, one.yardstick, f"{one.yardstick_value:,.2f}",
            f"{one.ratio:.2f}", cpu,
        )  # fmt: skip
    return table

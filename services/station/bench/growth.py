"""`jiejing bench --draw`: how figures grow with what there may be ten times as much of."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from services.station.bench.broker import Bench, a_bench
from services.station.bench.feed_fanout import TICKS, fanned_out
from services.station.bench.figure import Figure, percentile
from services.station.bench.ingest_dc09 import OURS, SECONDS, THEIRS, acknowledged
from services.station.bench.liveness_sweep import swept
from services.station.bench.plot import Curve, Plot, svg
from services.station.bench.replay_fold import folded
from services.station.bench.router_decide import DECIDED, decide, fill, pass_through
from services.station.bench.router_memory import held
from services.station.bench.router_recover import recovered
from services.station.bench.running import running, until_end
from services.station.bench.scale_out import decided_together
from services.station.bench.screen_latency import latencies
from services.station.bench.workload import PROVIDERS
from services.station.errors import StationError

SITES = (500, 5_000, 50_000)  # of one partition
HELD = (10_000, 100_000, 1_000_000)
PARTITIONS, ALL_SITES = (1, 12, 120), 6_000
SCREENS, ALARMS_PER_S = (10, 100, 500), 100.0  # a feed has 512 seats
PROCESSES = (1, 2, 3, 4)
PANELS = (5, 50, 500)
SYSTEMS = (10_000, 100_000, 1_000_000)
LENGTHS = (40_000, 200_000, 1_000_000)  # a snapshot lies 20,000 before the end
QUICK_LENGTHS = (30_000, 60_000)


async def drawn(names: list[str], folder: Path, *, quick: bool) -> list[Path]:
    """Measure each and write its plots; which files there are now."""
    written = []
    async with a_bench(quick=quick) as bench:
        for name in names:
            before = os.getloadavg()[0]
            plots = await MEASURED[name](bench)
            caption = _caption(before, os.getloadavg()[0], quick=quick)
            written += [_write(folder, plot, caption) for plot in plots]
    return written


def _write(folder: Path, plot: Plot, caption: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{plot.name}.svg"
    path.write_text(svg(plot, caption), encoding="utf-8")
    return path


def _caption(before: float, after: float, *, quick: bool) -> str:
    day = datetime.now(UTC).date().isoformat()
    shortened = ", with --quick" if quick else ""
    return f"{day}, {os.cpu_count()} cores, load {before:.1f} before and {after:.1f} after{shortened}"


async def sites(bench: Bench) -> list[Plot]:
    """Decisions of one partition, once its register is decided."""
    rates = [await _behind_the_register(bench, f"growth.sites.{count}", count) for count in SITES]
    return [_rates("decide-by-sites", "router.decide, one partition", "sites", SITES, rates)]


async def partitions(bench: Bench) -> list[Plot]:
    """Decisions of one process that owns them all; the sites are as many in all."""
    rates = [await _of_all(bench, f"growth.partitions.{count}", count) for count in PARTITIONS]
    title = f"router.decide, one process, {ALL_SITES:,} sites in all"
    return [_rates("decide-by-partitions", title, "partitions", PARTITIONS, rates)]


def _rates(
    name: str, title: str, across: str, places: tuple[int, ...], rates: list[tuple[float, float]]
) -> Plot:
    decided, passed = ([one[which] for one in rates] for which in range(2))
    curves = [Curve("decided", decided), Curve("aiokafka pass-through", passed)]
    return Plot(name, title, across, places, "records/s", curves)


async def _filled(bench: Bench, name: str, count: int, sites_each: int) -> tuple[list[int], float]:
    """How many records lie in each inbox, and the pass-through of them."""
    total = DECIDED // 10 if bench.quick else DECIDED
    await bench.topics(name, count)
    await bench.topics(f"{name}.passed", count)
    logs = [(bench.inbox(name, at), bench.events(name, at)) for at in range(count)]
    filled = [await fill(*both, at, total // count, sites_each) for at, both in enumerate(logs)]
    await asyncio.gather(*(log.close() for both in logs for log in both))
    return filled, await pass_through(bench, name, filled, f"{name}.passed")


async def _of_all(bench: Bench, name: str, count: int) -> tuple[float, float]:
    filled, passed = await _filled(bench, name, count, ALL_SITES // count)
    seconds, _, decided = await decide(bench, name, filled)
    return decided / seconds, passed


async def _behind_the_register(bench: Bench, name: str, registered: int) -> tuple[float, float]:
    (end,), passed = await _filled(bench, name, 1, registered)
    log = bench.events(name)
    async with running(bench, name, 1) as watch:
        await until_end(log, 1 + PROVIDERS + registered, watch)
        began, before = time.perf_counter(), await log.end()
        await until_end(log, 1 + end, watch)
        seconds = time.perf_counter() - began
    await log.close()
    if before > end:
        raise StationError("no figure, everything was decided before anybody looked: run it again")
    return (1 + end - before) / seconds, passed


async def memory(bench: Bench) -> list[Plot]:
    """What an idle site costs."""
    places = tuple(count // 10 for count in HELD) if bench.quick else HELD
    found = [await held(count) for count in places]
    curves = [
        Curve("in memory", [one.memory for one in found]),
        Curve("its entry as JSON", [one.entry for one in found]),
    ]
    return [Plot("memory-by-sites", "router.memory, bytes per idle site", "sites", places, "bytes", curves)]


async def screens(bench: Bench) -> list[Plot]:
    """How long an alarm takes to a screen, and what it costs to tell one."""
    waits = [(await latencies(bench, count, (ALARMS_PER_S,)))[1][0] for count in SCREENS]
    ticks = TICKS // 10 if bench.quick else TICKS
    told = [await fanned_out(count, ticks) for count in SCREENS]
    title = f"screen.latency at {ALARMS_PER_S:.0f} alarms a second"
    of_waits = [
        Curve(f"p{share * 100:.0f}", [percentile(one, share) for one in waits]) for share in (0.5, 0.99)
    ]
    of_costs = [
        Curve("feed, one change a tick", [percentile(calm.ours, 0.5) for calm, _ in told]),
        Curve("feed, fifty changes a tick", [percentile(rush.ours, 0.5) for _, rush in told]),
        Curve("websockets.broadcast of one", [percentile(calm.broadcast, 0.5) for calm, _ in told]),
    ]
    return [
        Plot("latency-by-screens", title, "screens", SCREENS, "ms", of_waits),
        Plot("fanout-by-screens", "feed.fanout, CPU for each screen", "screens", SCREENS, "us", of_costs),
    ]


async def processes(bench: Bench) -> list[Plot]:
    """What routers decide together that share the partitions of one broker."""
    rates = [await decided_together(count, quick=bench.quick) for count in PROCESSES]
    title = "router processes that share 12 partitions, broker on the same cores"
    curves = [Curve("decided together", rates)]
    return [Plot("decide-by-processes", title, "router processes", PROCESSES, "decisions/s", curves)]


async def panels(bench: Bench) -> list[Plot]:
    """Frames acknowledged to panels of which each has one in flight, and what one costs."""
    await bench.topics(OURS)
    seconds = SECONDS / 3 if bench.quick else SECONDS
    theirs = [await acknowledged(bench, THEIRS, count, seconds) for count in PANELS]
    ours = [await acknowledged(bench, OURS, count, seconds) for count in PANELS]
    title, told = "ingest.dc09, one frame in flight for each panel", "pysiaalarm, which stores nothing"
    return [
        Plot("dc09-by-panels", title, "panels", PANELS, "frames/s", [
            Curve("receiver", [one.rate for one in ours]), Curve(told, [one.rate for one in theirs])
        ]),
        Plot("dc09-cost-by-panels", f"{title}, CPU of the process for each", "panels", PANELS, "us", [
            Curve("receiver", [one.cpu_us for one in ours]), Curve(told, [one.cpu_us for one in theirs])
        ]),
    ]  # fmt: skip


async def systems(bench: Bench) -> list[Plot]:
    """What it costs to see that nobody is silent, and to hear one."""
    places = tuple(count // 10 for count in SYSTEMS) if bench.quick else SYSTEMS
    found = [swept(count) for count in places]
    sweeps, beats = ([one[which] for one in found] for which in range(2))
    return [
        Plot("sweep-by-systems", "liveness.sweep", "systems watched", places, "us", [
            Curve("a sweep", [one.value * 1000 for one in sweeps]),
            Curve("one look at every deadline", [one * 1000 for one in _beside(sweeps)]),
        ]),
        Plot("beat-by-systems", "liveness.beats, CPU of one", "systems watched", places, "us", [
            Curve("a system heard", [one.cpu_us or 0.0 for one in beats])
        ]),
    ]  # fmt: skip


async def length(bench: Bench) -> list[Plot]:
    """A partition's past: owned again, and folded for its history."""
    places = QUICK_LENGTHS if bench.quick else LENGTHS
    owned = [await recovered(bench, f"growth.recover.{count}", count) for count in places]
    told = [await folded(bench, f"growth.fold.{count}", count) for count in places]
    folds, resumed = ([one[which] for one in owned] for which in range(2))
    return [
        Plot("recover-by-length", "router.recover, a partition owned again", "decisions", places, "s", [
            Curve("without a snapshot", [one.value for one in folds]),
            Curve("with one", [one.value for one in resumed]),
            Curve("only reading all", _beside(folds)),
        ]),
        Plot("fold-by-length", "replay.fold, the picture at the end", "decisions", places, "decisions/s", [
            Curve("folded", [one.value for one in told]), Curve("only reading", _beside(told))
        ]),
    ]  # fmt: skip


def _beside(figures: list[Figure]) -> list[float]:
    return [one.yardstick_value or 0.0 for one in figures]


MEASURED: dict[str, Callable[[Bench], Awaitable[list[Plot]]]] = {
    "sites": sites,
    "memory": memory,
    "partitions": partitions,
    "screens": screens,
    "processes": processes,
    "panels": panels,
    "systems": systems,
    "length": length,
}

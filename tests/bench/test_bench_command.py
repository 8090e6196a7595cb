"""Each bench measures in its quick form, and what it says is of all its work; no time is asserted, machines differ."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from services.contracts.topics import PARTITIONS
from services.station.bench.cli import BENCHES
from services.station.bench.workload import PROVIDERS, SITES
from services.station.processes import STORES, WORKERS

FIELDS = {"name", "value", "unit", "yardstick", "yardstick_value", "ratio", "cpu_us", "load", "done"}
REGISTER = PROVIDERS + SITES
Figures = dict[str, dict[str, Any]]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.station", "bench", *options], capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip


def exactly(count: int) -> Callable[[int], bool]:
    return lambda done: done == count


def at_least(count: int) -> Callable[[int], bool]:
    return lambda done: done >= count


# What each figure of a quick run is of, as its bench counted it where the work ends.
WORK: dict[str, dict[str, Callable[[int], bool]]] = {
    "router.correlate": {  # decisions that name the right provider
        "router.correlate": exactly(60_000),
        "router.correlate.faust": exactly(60_000),
    },
    "router.decide": {  # decisions that lie in the record
        "router.decide": exactly(5_000 + REGISTER),
        "router.decide.12_partitions": exactly(PARTITIONS * (5_000 // PARTITIONS + REGISTER)),
    },
    "router.recover": {  # decisions that the next one follows from; a tick may have added one
        "router.recover": at_least(1 + 100_000),
        "router.recover.snapshot": at_least(1 + 100_000),
    },
    "router.memory": {  # sites held, signals remembered
        "router.memory": exactly(100_000),
        "router.memory.lived": exactly(1_000 * 32),
    },
    "ingest.dc09": {"ingest.dc09": at_least(1)},  # frames; that no fewer lie in the inbox it checks itself
    "replay.fold": {"replay.fold": at_least(40_000)},  # decisions; an empty tick makes none
    "desk.project": {"desk.project": at_least(4_000)},  # rows that lie in the tables
    "desk.ticket": {  # commands that were answered
        f"desk.ticket{which}.{part}": at_least(100) for which in ("", ".draining") for part in ("p50", "p99")
    },
    "screen.latency": {  # alarms whose frame came
        "screen.latency.10.p50": exactly(40),
        "screen.latency.1000.p50": exactly(4_000),
        "screen.latency.1000.p99": exactly(4_000),
    },
    "feed.fanout": {  # screens told, ticks
        "feed.fanout": exactly(10 * 100),
        "feed.fanout.rush": exactly(10 * 100),
        "feed.fanout.tick": exactly(10),
    },
    "liveness.sweep": {  # systems watched, beats heard, silences decided on
        "liveness.sweep": exactly(100_000),
        "liveness.beats": exactly(60 * 11_111),
        "liveness.found": exactly(200),
    },
    "station.start": {  # processes that run
        f"station.start.{which}": exactly(len(STORES) + len(WORKERS)) for which in ("first", "warm")
    },
}


def measured(name: str) -> Figures:
    done = run(name, "--quick", "--json")
    assert done.returncode == 0, done.stderr
    return {one["name"]: one for one in json.loads(done.stdout)["results"]}


@pytest.mark.parametrize("name", WORK)
def test_a_bench_measures_all_of_its_work_beside_its_yardstick(name: str) -> None:
    figures = measured(name)
    assert figures.keys() == WORK[name].keys()
    for figure, one in figures.items():
        assert set(one) == FIELDS
        assert one["value"] > 0 < one["yardstick_value"]
        assert WORK[name][figure](one["done"]), (figure, one["done"])
    if name == "router.correlate":
        assert figures[name]["yardstick"].startswith("Kafka Streams 4.3.1, exactly_once_v2")


def test_every_bench_is_run_here() -> None:
    assert WORK.keys() == BENCHES.keys()


DRAWN = {
    "memory": ["memory-by-sites: in memory, its entry as JSON"],
    "panels": [
        "dc09-by-panels: receiver, pysiaalarm, which stores nothing",
        "dc09-cost-by-panels: receiver, pysiaalarm, which stores nothing",
    ],
    "systems": ["sweep-by-systems: a sweep, one look at every deadline", "beat-by-systems: a system heard"],
    "length": [
        "recover-by-length: without a snapshot, with one, only reading all",
        "fold-by-length: folded, only reading",
    ],
}


@pytest.mark.parametrize("name", DRAWN)
def test_what_grows_is_drawn_into_the_folder(name: str, tmp_path: Path) -> None:
    done = run(name, "--quick", "--draw", str(tmp_path / "growth"))
    assert done.returncode == 0, done.stderr
    written = [Path(line) for line in done.stdout.split()]
    assert sorted(written) == sorted((tmp_path / "growth").iterdir())
    curves = {path.stem: curves_of(path) for path in written}
    assert [f"{stem}: {', '.join(names)}" for stem, names in curves.items()] == DRAWN[name]
    assert all(value > 0 for names in curves.values() for values in names.values() for value in values)


def curves_of(path: Path) -> dict[str, list[float]]:
    """The values of each curve, as the picture describes itself."""
    said = ET.fromstring(path.read_text(encoding="utf-8")).findtext("{*}desc") or ""
    curves = (one.partition(": ") for one in said.split("; "))
    return {
        name: [
            float(one.partition(" at ")[0].replace(",", ""))
            for one in re.split(r", (?=\d[\d,.]* at )", values)
        ]
        for name, _, values in curves
    }


def test_an_unknown_bench_is_a_misuse() -> None:
    assert run("router.fly").returncode == 2
    assert run("--draw", ".", "router.decide").returncode == 2

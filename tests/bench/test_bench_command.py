"""The command measures and ends; no figure is asserted, machines differ."""

from __future__ import annotations

import json
import subprocess
import sys

FIELDS = {"name", "value", "unit", "yardstick", "yardstick_value", "ratio", "cpu_us", "load"}


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.station", "bench", *options], capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def test_a_bench_prints_its_figures_for_machines() -> None:
    done = run("router.decide", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["results"]
    assert [one["name"] for one in results] == ["router.decide", "router.decide.12_partitions"]
    assert all(set(one) == FIELDS and one["value"] > 0 and one["yardstick_value"] > 0 for one in results)


def test_an_unknown_bench_is_a_misuse() -> None:
    assert run("router.fly").returncode == 2

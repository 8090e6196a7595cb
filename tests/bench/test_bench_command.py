"""The command measures and ends; no figure is asserted, machines differ."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FIELDS = {"name", "value", "unit", "yardstick", "yardstick_value", "ratio", "cpu_us", "load"}


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.station", "bench", *options], capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip


def test_a_bench_prints_its_figures_for_machines() -> None:
    done = run("router.decide", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["results"]
    assert [one["name"] for one in results] == ["router.decide", "router.decide.12_partitions"]
    assert all(set(one) == FIELDS and one["value"] > 0 and one["yardstick_value"] > 0 for one in results)


def test_kafka_streams_runs_beside_ours() -> None:
    done = run("router.correlate", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    ours, faust = json.loads(done.stdout)["results"]
    assert ours["yardstick"].startswith("Kafka Streams 4.3.1, exactly_once_v2")
    assert ours["yardstick_value"] > 0 < faust["yardstick_value"]


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("router.memory", ["router.memory", "router.memory.lived"]),
        ("feed.fanout", ["feed.fanout", "feed.fanout.rush", "feed.fanout.tick"]),
    ],
)
def test_what_a_site_and_a_screen_cost_is_measured(name: str, figures: list[str]) -> None:
    done = run(name, "--quick", "--json")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["results"]
    assert [one["name"] for one in results] == figures
    assert all(one["value"] > 0 and one["ratio"] > 0 for one in results)


def test_what_grows_is_drawn_into_the_folder(tmp_path: Path) -> None:
    done = run("memory", "--quick", "--draw", str(tmp_path / "growth"))
    assert done.returncode == 0, done.stderr
    assert "in memory: " in (tmp_path / "growth" / "memory-by-sites.svg").read_text(encoding="utf-8")


def test_an_unknown_bench_is_a_misuse() -> None:
    assert run("router.fly").returncode == 2
    assert run("--draw", ".", "router.decide").returncode == 2

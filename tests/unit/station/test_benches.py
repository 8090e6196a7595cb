"""Every figure that the project holds itself to can be measured by its name."""

from __future__ import annotations

import inspect

import pytest

from services.station.bench import cli
from services.station.bench.figure import Figure

FIGURES = (
    "router.correlate",
    "router.decide",
    "router.memory",
    "router.recover",
    "ingest.dc09",
    "screen.latency",
    "feed.fanout",
    "desk.project",
    "replay.fold",
    "desk.ticket",
    "liveness.sweep",
    "station.start",
)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_measured_by_its_name(name: str) -> None:
    assert name in cli.BENCHES
    assert inspect.iscoroutinefunction(cli.measure_of(name))


def test_a_yardstick_that_did_not_run_makes_no_ratio() -> None:
    figure = Figure("router.correlate", 50_000, "signals/s", "a peer that could not be fetched", None)
    assert figure.ratio is None
    assert figure.row()["ratio"] is None
    assert figure.row()["yardstick_value"] is None

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


def test_what_is_kept_in_a_file_has_whole_names_and_values(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def measured(*_: object, **__: object) -> list[Figure]:
        words = "aiokafka getmany, send_batch of the same inbox"
        return [Figure("router.decide.12_partitions", 20_069.4, "decisions/s", words, 123_490.1, 46.5)]

    monkeypatch.setattr(cli, "measure", measured)
    cli.bench(["router.decide"])
    said = capsys.readouterr().out
    for word in ("router.decide.12_partitions", "20,069.40", "decisions/s", "send_batch of the same inbox"):
        assert word in said

"""Who may not even begin a new generation."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.runtime.settings import Settings
from services.station.adapters.data_folder import held, make_folders
from services.station.bootstrap import app
from services.station.errors import Misused, StationError

REASON, TWO = "--reason=forged", ("--by=admin", "--by=zhao")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([REASON, "--by=admin", "--by=Admin "], "two different persons"),
        ([REASON, "--by=admin"], "two different persons"),
        (["--reason= ", *TWO], "--reason says why"),
    ],
)
def test_two_different_persons_begin_it_with_a_reason(arguments: list[str], why: str) -> None:
    done = CliRunner().invoke(app, ["generation", "begin", *arguments])
    assert isinstance(done.exception, Misused)
    assert why in str(done.exception)


@pytest.mark.parametrize(
    "arguments", [[*TWO], [REASON], [REASON, *TWO, "--cut=12"], [REASON, *TWO, "--cut=x"]]
)
def test_what_is_left_out_or_out_of_range_is_misuse(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["generation", "begin", *arguments]).exit_code == 2


def test_nothing_is_begun_while_a_station_runs(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    make_folders(settings)
    with held(settings):
        done = CliRunner().invoke(
            app, ["generation", "begin", REASON, *TWO, f"--data={tmp_path}"], input="a\nb\n"
        )
    assert isinstance(done.exception, StationError)
    assert "is in use" in str(done.exception)

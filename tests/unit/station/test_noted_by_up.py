"""Commands beside a station, or after it, go by what `up` noted, and where it noted nothing by what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.runtime.settings import Settings
from services.station import shadow_cli
from services.station.adapters.data_folder import make_folders, write_run_file
from services.station.bootstrap import app
from services.station.errors import StationError
from services.station.shadow_cli import Compared


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_folders(Settings(data_dir=tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("noted", "options", "settles"),
    [(20, [], 20), (None, [], 45), (20, ["--kafka=127.0.0.1:1"], 45)],
    ids=["up runs", "each process by itself", "another Kafka"],
)
def test_the_shadow_settles_as_those_who_decided(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    noted: int | None,
    options: list[str],
    settles: int,
) -> None:
    seen: list[int | None] = []

    async def compare(settings: Settings) -> Compared:
        seen.append(settings.settle_s)
        return Compared("0.1.0", 0, {}, ())

    monkeypatch.setattr(shadow_cli, "_compare", compare)
    monkeypatch.setenv("JIEJING_SETTLE_S", "45")
    if noted is None:
        monkeypatch.setenv("JIEJING_KAFKA", "127.0.0.1:1")
    else:
        settings = Settings(data_dir=folder)
        write_run_file(settings, "endpoints.json", {"kafka": "127.0.0.1:1"})
        write_run_file(settings, "expected.json", {"own": [], "names": [], "settle_s": noted})
    done = CliRunner().invoke(app, ["shadow", f"--data={folder}", *options])
    assert (done.exit_code, seen) == (0, [settles]), done.output


def test_a_generation_is_not_begun_in_an_embedded_pair_where_the_station_had_stores_of_its_own(
    folder: Path,
) -> None:
    write_run_file(Settings(data_dir=folder), "expected.json", {"own": ["kafka", "postgres"], "names": []})
    command = ["generation", "begin", "--reason=forged", "--by=admin", "--by=zhao", f"--data={folder}"]
    done = CliRunner().invoke(app, [*command, "--postgres=postgresql://h/d"], input="a\nb\n")
    assert isinstance(done.exception, StationError)
    assert "give --kafka, as for `jiejing up`" in str(done.exception)
    assert not (folder / "kafka").exists()

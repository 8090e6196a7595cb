"""`jiejing verify` on files, and what is misuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.replay.handlers.exporting import Stretch, head_file
from services.station import bootstrap
from services.station.errors import Misused, StationError
from services.station.record_files import head_beside, write_export
from tests.unit.replay.exports import exported
from tests.unit.replay.past import INSPECTOR, Past, raised, room_of


def a_past(*alarms: str) -> Past:
    past = Past()
    for alarm in alarms or ("a1", "a2"):
        past.says(raised(alarm))
    return past


def run(*words: str) -> tuple[int, str]:
    """Exit code and what was said; misuse and failure are raised as `main` gets them."""
    done = CliRunner().invoke(bootstrap.app, [*words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


@pytest.fixture
async def files(tmp_path: Path) -> tuple[str, str]:
    file = tmp_path / "record.zip"
    found = await write_export(room_of(a_past()), INSPECTOR, Stretch(), file)
    assert found.ok
    return str(file), str(head_beside(file))


async def test_an_export_holds_and_says_what_it_was_compared_with(files: tuple[str, str]) -> None:
    file, head = files
    code, said = run("verify", file)
    assert code == 0
    assert "not compared with a head kept elsewhere" in said
    code, said = run("verify", file, "--head", head)
    assert code == 0
    assert "not compared" not in said
    assert "3 of 3 records count, offsets 0 to 2" in said


async def test_an_export_rewritten_as_a_whole_is_found_by_the_head_kept_elsewhere(
    files: tuple[str, str], tmp_path: Path
) -> None:
    forged, _ = await exported(room_of(a_past("a1", "b2")))
    file = tmp_path / "forged.zip"
    file.write_bytes(forged)
    assert run("verify", str(file))[0] == 0
    code, said = run("verify", str(file), "--head", files[1], "--json")
    assert code == 1
    assert [(one["kind"], one["partition"], one["offset"]) for one in json.loads(said)["findings"]] == [
        ("head", 0, 2)
    ]


async def test_a_damaged_file_is_named_as_that(files: tuple[str, str], tmp_path: Path) -> None:
    file = tmp_path / "half.zip"
    file.write_bytes(Path(files[0]).read_bytes()[:-50])
    code, said = run("verify", str(file))
    assert code == 1
    assert "BAD container" in said


async def test_what_is_misused_is_said(files: tuple[str, str], tmp_path: Path) -> None:
    file, _ = files
    for words in (
        ("verify", str(tmp_path / "none.zip")),
        ("verify", file, "--head", file),
        ("verify", file, "--head", str(tmp_path / "none.json")),
        ("verify", file, "--head", file, "--against-log"),
        ("replay", "--at", "yesterday", "--kafka", "k:1", "--postgres", "p"),
        ("export", "x.zip", "--from", "2", "--to", "1", "--kafka", "k:1", "--postgres", "p"),
        ("export", "x.zip", "--partition", "12", "--kafka", "k:1", "--postgres", "p"),
    ):
        with pytest.raises(Misused):
            run(*words)


async def test_an_export_overwrites_nothing_and_leaves_nothing_half_done(
    files: tuple[str, str], tmp_path: Path
) -> None:
    with pytest.raises(StationError, match="is there already"):
        await write_export(room_of(a_past()), INSPECTOR, Stretch(), Path(files[0]))
    with pytest.raises(StationError, match="no alarm"):
        await write_export(room_of(a_past()), INSPECTOR, Stretch(alarm="x"), tmp_path / "x.zip")
    with pytest.raises(StationError, match="no interruption x"):
        await write_export(room_of(a_past()), INSPECTOR, Stretch(interruption="x"), tmp_path / "x.zip")
    with pytest.raises(StationError, match="cannot be written"):
        await write_export(room_of(a_past()), INSPECTOR, Stretch(), tmp_path / "no" / "x.zip")
    assert {path.name for path in tmp_path.iterdir()} == {"record.zip", "record.zip.head.json"}


async def test_the_head_beside_an_export_is_the_one_inside(files: tuple[str, str]) -> None:
    _, head = await exported(room_of(a_past()))
    kept = json.loads(Path(files[1]).read_bytes())
    assert kept["positions"] == json.loads(head_file(head))["positions"]

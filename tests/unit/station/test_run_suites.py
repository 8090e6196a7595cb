"""The closing line of `make test`."""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import IO

    import pytest

_file = Path(__file__).parents[2] / "run_suites.py"
_spec = importlib.util.spec_from_file_location("run_suites", _file)
assert _spec is not None
assert _spec.loader is not None
runner: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(runner)


def test_the_closing_line_counts_all_suites_and_a_failure_fails(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [runner.Outcome("unit", 3, 0, 1, 1.0), runner.Outcome("ports", 2, 1, 0, 3.0)]
    code = runner.show(outcomes, None, 90.0)
    assert capsys.readouterr().out.splitlines()[-2:] == ["1.5 min in all", "5 passed, 1 failed, 1 skipped"]
    assert code == 1


def test_a_missing_browser_is_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.show([runner.Outcome("unit", 1, 0, 0, 1.0)], "no chromium", 1.0) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["1 passed, 0 failed, 0 skipped", "end_to_end skipped: no chromium"]


def test_a_report_is_counted_with_errors_as_failures(tmp_path: Path) -> None:
    report = tmp_path / "r.xml"
    report.write_text('<testsuites><testsuite tests="9" failures="1" errors="2" skipped="3"/></testsuites>')
    assert runner.counted(report) == (3, 3, 3)


def test_what_starts_a_station_is_not_beside_what_kills_under_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = threading.Barrier(2, timeout=30)
    running: set[str] = set()
    met: dict[str, set[str]] = {}

    def run(suite: str, _: Path, output: IO[str]) -> Any:
        running.add(suite)
        if suite != "ports":  # the second of its lane
            pair.wait()
        met[suite] = running - {suite}
        output.write(f"said by {suite}")
        if suite != "ports":
            pair.wait()
        running.discard(suite)
        return runner.Outcome(suite, 1, 0, 0, 1.0)

    monkeypatch.delenv("SOAK", raising=False)
    monkeypatch.setattr(runner, "run", run)
    outcomes = runner.run_all(["unit", "integration", "ports", "end_to_end", "chaos"], tmp_path)
    assert met["integration"] == {"end_to_end"} and met["end_to_end"] == {"integration"}
    assert met["chaos"] == {"unit"} and met["unit"] == {"chaos"}
    assert met["ports"] <= {"chaos"}
    assert [one.suite for one in outcomes] == ["unit", "integration", "ports", "end_to_end", "chaos"]
    assert "said by ports" in capsys.readouterr().out


def test_what_suites_write_lies_in_memory_where_a_whole_run_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "ROOM_BYTES", 1)
    assert runner.in_memory(tmp_path) == tmp_path
    assert runner.in_memory(tmp_path / "is not there") is None
    monkeypatch.setattr(runner, "ROOM_BYTES", 1 << 60)
    assert runner.in_memory(tmp_path) is None


def test_kills_under_load_and_soaks_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOAK", raising=False)
    monkeypatch.setenv("TMPDIR", "/the/disk")
    assert runner.environment("integration", tmp_path)["TMPDIR"] == str(tmp_path)
    assert runner.environment("chaos", tmp_path)["TMPDIR"] == "/the/disk"
    monkeypatch.setenv("SOAK", "1")
    assert runner.environment("integration", tmp_path)["TMPDIR"] == "/the/disk"


def test_a_soak_has_the_machine_to_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = []

    def run(suite: str, _: Path) -> Any:
        order.append(suite)
        return runner.Outcome(suite, 1, 0, 0, 1.0)

    monkeypatch.setenv("SOAK", "1")
    monkeypatch.setattr(runner, "run", run)
    runner.run_all(["properties", "chaos"], tmp_path)
    assert order == ["properties", "chaos"]

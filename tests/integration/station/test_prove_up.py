"""What `.ci/run` says of a command that does not hold what `make up` promises."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

_spec = importlib.util.spec_from_file_location("prove_up", Path(__file__).parents[2] / "prove_up.py")
assert _spec is not None and _spec.loader is not None
prover: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(prover)


def test_a_command_that_ends_before_it_is_ready_is_not_proved(tmp_path: Path) -> None:
    with pytest.raises(prover.NotProved, match="ended by itself with 3"):
        prover.prove(tmp_path, [sys.executable, "-c", "raise SystemExit(3)"], print)


def test_who_is_left_after_ctrl_c_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prover, "END_SECONDS", 1.0)
    deaf = "import signal, time; signal.signal(2, 1); print('deaf', flush=True); time.sleep(60)"
    parent = (
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {deaf!r}]); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", parent], process_group=0, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "deaf\n"
    family = prover.family(process.pid)
    with pytest.raises(prover.NotProved, match=r"after Ctrl-C these are left: .*deaf"):
        prover.interrupt(process, tmp_path)
    prover._end(process, family)
    process.stdout.close()
    until = time.monotonic() + 60
    while prover.left_of(family, tmp_path):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_nobody_is_left_of_a_family_that_listens(tmp_path: Path) -> None:
    process = subprocess.Popen(["sleep", "60"], process_group=0)
    assert len(prover.family(process.pid)) == 1
    prover.interrupt(process, tmp_path)
    assert process.returncode == -signal.SIGINT

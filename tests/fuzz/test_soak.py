"""`make soak`: ten million inputs for each decoder, found by coverage; `FUZZ_INPUTS` says how many else."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.law import Target
from tests.fuzz.targets import TARGETS

if not os.environ.get("SOAK"):
    pytest.skip("hours: make soak", allow_module_level=True)
if find_spec("atheris") is None:
    pytest.skip("atheris has no wheel for this machine: nothing is fuzzed here", allow_module_level=True)

ROOT = Path(__file__).parents[2]
INPUTS = "10000000"


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_no_input_breaks_the_law(target: Target, tmp_path: Path) -> None:
    command = ["-m", "tests.fuzz.run", target.name, "--inputs", os.environ.get("FUZZ_INPUTS", INPUTS)]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    broken = [path.read_bytes() for path in tmp_path.glob("crash-*")]
    assert done.returncode == 0, (broken, done.stderr[-3000:])

"""`make soak`: mutants of what decides what counts die in the tests, but for those that are explained.

mutmut keeps what it found in `mutants`: a run that was broken off, or that took longer than `MUTATION_SECONDS`, goes on
there the next time.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

if not os.environ.get("SOAK"):
    pytest.skip("an hour: make soak", allow_module_level=True)

ROOT = Path(__file__).parents[2]
EXPLAINED = Path(__file__).with_name("survivors.toml")
# What stands behind every `match`: that nothing comes there is proved by mypy, in `make check`.
NEVER = re.compile(r": (assert_never\(None\)|without case _: assert_never\(\w+\))$")
SECONDS = int(os.environ.get("MUTATION_SECONDS", "7200"))


def mutmut(*arguments: str, seconds: int = 600) -> str:
    """What it says."""
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=seconds)
    return done.stdout


def found() -> list[tuple[str, str]]:
    """(name, what became of it) of all mutants but the killed ones."""
    return re.findall(r"^ *(services\S+): (.+)$", mutmut("results"), re.MULTILINE)


def change(name: str) -> str:
    """The mutant as it is explained: where it is, and how the lines read that it puts there, or takes away."""
    place = re.sub(
        r"x(?:ǁ(\w+)ǁ|_)(\w+)__mutmut_\d+$", lambda at: f"{at[1]}.{at[2]}" if at[1] else at[2], name
    )
    shown = mutmut("show", name)
    added = re.findall(r"^\+(?!\+)(.*)$", shown, re.MULTILINE)
    lines = added or ["without", *re.findall(r"^-(?!-)(.*)$", shown, re.MULTILINE)]
    return f"{place}: {' '.join(line.strip() for line in lines)}"


def test_a_mutant_that_survives_is_explained() -> None:
    try:
        mutmut("run", "--max-children", "1", seconds=SECONDS)
    except subprocess.TimeoutExpired:
        print(f"not done after {SECONDS} s")
    mutants = found()
    alive = [change(name) for name, became in mutants if became in {"survived", "no tests"}]
    lived = {one for one in alive if not NEVER.search(one)}
    unjudged = [name for name, became in mutants if became == "not checked"]
    explained = set(tomllib.loads(EXPLAINED.read_text(encoding="utf-8")))
    assert sorted(lived - explained) == []
    if unjudged:
        pytest.skip(f"{len(unjudged)} mutants are not judged yet: run it again")
    assert sorted(explained - lived) == []

"""The code before this one: the commit that the file `previous` names, in a worktree of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tests.upgrade import shapes
from tests.upgrade.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).parents[2]
FILE = Path(__file__).parent / "previous"
# What runs by this is of that tree or does not run: a package takes its modules from its own folder alone.
RUN = """
import runpy, sys
import services
folder = sys.argv.pop(1)
if services.__path__ != [folder + "/services"]:
    sys.exit(f"services of {services.__path__} instead of {folder}")
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""
SAYS_ITS_CODE = """
from services.alarm_router.bootstrap import code_version, law_of
from services.runtime.settings import read_settings
print(code_version(law_of(read_settings())))
"""


def named() -> str:
    """The commit that the file names."""
    lines = FILE.read_text(encoding="ascii").splitlines()
    (commit,) = [line for line in lines if line and not line.startswith("#")]
    return commit


def missing() -> str | None:
    """Why the commit cannot be had here; None when it can."""
    if shutil.which("git") is None:
        return "there is no git, so the previous version cannot be had"
    if _git("rev-parse", "--git-dir").returncode:
        return "this tree is no clone, so the previous version cannot be had"
    if _git("cat-file", "-e", f"{named()}^{{commit}}").returncode:
        return f"this clone is too shallow to have {named()[:12]}, the previous version"
    return None


class Previous(NamedTuple):
    """A worktree of the commit."""

    folder: Path

    def argv(self, *words: str) -> tuple[str, ...]:
        """The command line of one of its programs, `words` behind `python -m`."""
        return sys.executable, "-c", RUN, str(self.folder), *words

    def environment(self, told: Mapping[str, str]) -> dict[str, str]:
        """Those variables, and where its modules lie."""
        return {**told, "PYTHONPATH": str(self.folder)}

    def code(self, told: Mapping[str, str]) -> str:
        """What its decisions name as their version, with these settings."""
        return code_of(self.environment(told))

    def shapes(self) -> Shapes:
        """Those of everything that it stores."""
        command = [sys.executable, shapes.__file__]
        environment = self.environment(os.environ)
        told = subprocess.run(command, env=environment, cwd="/", capture_output=True, check=False)
        return msgspec.json.decode(_done(told).stdout, type=Shapes)


def code_of(environment: Mapping[str, str]) -> str:
    """The version of the code that this environment leads to."""
    command = [sys.executable, "-c", SAYS_ITS_CODE]
    told = subprocess.run(command, env=dict(environment), cwd="/", capture_output=True, check=False)
    return _done(told).stdout.decode().strip()


def checked_out(folder: Path) -> Previous:
    """Make the worktree. `removed` takes it away again."""
    _git("worktree", "prune")
    _done(_git("worktree", "add", "--detach", "--force", str(folder), named()))
    return Previous(folder)


def removed(previous: Previous) -> None:
    """Take the worktree away."""
    _done(_git("worktree", "remove", "--force", str(previous.folder)))


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(["git", *words], cwd=PROJECT, env=plain, capture_output=True, check=False)


def _done(told: subprocess.CompletedProcess[bytes]) -> subprocess.CompletedProcess[bytes]:
    assert told.returncode == 0, (told.args, told.stdout, told.stderr)
    return told

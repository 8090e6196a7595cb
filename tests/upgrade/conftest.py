"""The previous version, for the tests that hold the running code against it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.a_police import Police, policestub
from tests.upgrade import the_previous
from tests.upgrade.the_previous import Previous


@pytest.fixture(scope="session")
def a_clone() -> None:
    """Skips where the previous version cannot be had."""
    if (why := the_previous.missing()) is not None:
        pytest.skip(why)


@pytest.fixture(scope="session")
def previous(a_clone: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Previous]:
    """Its worktree."""
    folder: Path = tmp_path_factory.mktemp("previous") / "tree"
    found = the_previous.checked_out(folder)
    try:
        yield found
    finally:
        the_previous.removed(found)


@pytest.fixture
def folder() -> Iterator[Path]:
    """For a station: passable, since PostgreSQL may run as another user."""
    made = Path(tempfile.mkdtemp(prefix="jiejing-upgrade-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def police(folder: Path) -> Iterator[Police]:
    """Those of a station in that folder."""
    with policestub(folder) as found:
        yield found

"""What every station that is to be lost needs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.a_police import Police, policestub


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """For a station of the module: passable, since PostgreSQL may run as another user."""
    made = Path(tempfile.mkdtemp(prefix="jiejing-chaos-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def police(folder: Path) -> Iterator[Police]:
    with policestub(folder) as found:
        yield found

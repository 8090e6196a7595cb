"""The pages are built once for the same sources, also when two stations start at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from services.station.adapters.embedded_node import build_pages, is_built
from services.station.errors import StationError

if TYPE_CHECKING:
    from pathlib import Path

NPM = """#!/bin/sh
echo "begin $*" >>"{log}"
sleep 0.2
mkdir -p dist
echo "end $*" >>"{log}"
exit {code}
"""


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    folder = tmp_path / "frontend"
    folder.mkdir()
    (folder / "package.json").write_text("{}")
    return folder


def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int = 0) -> Path:
    """A Node and an npm on the PATH that write down when they work."""
    log = tmp_path / "npm.log"
    for name, text in (("node", "#!/bin/sh\necho v24.0.0\n"), ("npm", NPM.format(log=log, code=code))):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return log


def test_of_two_at_once_the_second_waits_and_builds_nothing(
    frontend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tools(tmp_path, monkeypatch)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: build_pages(frontend, environment, tmp_path / "out.log"), range(2)))
    assert done == [True, True]
    assert log.read_text().splitlines() == ["begin ci", "end ci", "begin run build", "end run build"]
    (frontend / "page.ts").write_text("changed")
    assert not is_built(frontend)


def test_a_build_that_fails_says_where_its_words_are(
    frontend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools(tmp_path, monkeypatch, code=1)
    with pytest.raises(StationError, match=r"the pages cannot be built \(npm ci: .*out\.log"):
        build_pages(frontend, {"PATH": "/usr/bin:/bin"}, tmp_path / "out.log")
    assert not is_built(frontend)


def test_a_build_that_nobody_waits_for_ends_at_once(
    frontend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tools(tmp_path, monkeypatch)
    given_up = threading.Event()
    given_up.set()
    with pytest.raises(StationError, match="told to end before"):
        build_pages(frontend, {"PATH": f"{tmp_path}:/usr/bin:/bin"}, tmp_path / "out.log", given_up)
    assert "end ci" not in (log.read_text() if log.exists() else "")

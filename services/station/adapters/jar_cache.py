"""Jars in the user's cache, each checked against our own lock: Kafka's, and those of a bench.

`jgo` finds the bytes (and so follows the user's mirror and certificates); it accepts a corrupt or cut jar, hence
the sum is ours. A jar appears in the cache only whole, by a rename.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import tomllib
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from services.station.errors import StationError

if TYPE_CHECKING:
    from collections.abc import Callable

LOCK = Path(__file__).parents[1] / "kafka_jars.lock.toml"
AT_ONCE = 8
TIMEOUT_SECONDS = 30


class Jar(NamedTuple):
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str
    size: int

    @property
    def file(self) -> str:
        """Its name in the cache."""
        return f"{self.artifact}-{self.version}.jar"

    def is_whole(self, path: Path) -> bool:
        """Whether these are the bytes that the lock names."""
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == self.sha256


def locked_jars(lock: Path = LOCK) -> list[Jar]:
    """The class path, in the order of the lock."""
    entries = tomllib.loads(lock.read_text(encoding="utf-8"))["jars"]
    return [Jar(*name.split(":"), **entry) for name, entry in entries.items()]


def fetch_with_jgo(jar: Jar, into: Path) -> Path:
    """Fetch one jar into a folder of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from jgo.maven import MavenContext

    maven = MavenContext(repo_cache=into, local_repos=[], timeout=TIMEOUT_SECONDS)
    return Path(maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())


def class_path(
    cache: Path, *, lock: Path = LOCK, fetch: Callable[[Jar, Path], Path] = fetch_with_jgo
) -> list[Path]:
    """Every jar of the lock, whole, in the cache; what is missing or damaged is fetched again.

    Raises `StationError` when a jar cannot be had or is not the one that the lock names.
    """
    jars = locked_jars(lock)
    cache.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in jars if not jar.is_whole(cache / jar.file)]
    if missing:
        with tempfile.TemporaryDirectory(dir=cache) as draft, ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda jar: _take(jar, lock, cache, Path(draft), fetch), missing))
    return [cache / jar.file for jar in jars]


def _take(jar: Jar, lock: Path, cache: Path, draft: Path, fetch: Callable[[Jar, Path], Path]) -> None:
    try:
        got = fetch(jar, draft / jar.artifact)
    except Exception as problem:
        message = (
            f"cannot fetch {jar.file} for the embedded Kafka ({type(problem).__name__}): check the network, proxy "
            "and certificate settings, or use a Kafka of your own with --kafka HOST:PORT"
        )
        raise StationError(message) from problem
    if not jar.is_whole(got):
        message = (
            f"{jar.file} arrived damaged (its SHA-256 is not the one in {lock.name}): "
            "run the command again; if it stays so, your mirror alters files"
        )
        raise StationError(message)
    shutil.move(got, draft / jar.file)
    (draft / jar.file).replace(cache / jar.file)

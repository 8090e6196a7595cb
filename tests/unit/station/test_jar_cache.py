"""A jar enters the cache whole and as locked, or not at all."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from services.station.adapters.jar_cache import Jar, class_path, locked_jars
from services.station.errors import StationError

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"the bytes of a jar"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    digest = hashlib.sha256(CONTENT).hexdigest()
    made = tmp_path / "lock.toml"
    made.write_text(f'[jars]\n"org.a:one:1.0" = {{ sha256 = "{digest}", size = {len(CONTENT)} }}\n')
    return made


def gives(content: bytes) -> tuple[list[str], object]:
    asked: list[str] = []

    def fetch(jar: Jar, into: Path) -> Path:
        asked.append(jar.artifact)
        into.mkdir(parents=True)
        (into / "got").write_bytes(content)
        return into / "got"

    return asked, fetch


def test_the_lock_names_46_jars_and_no_address() -> None:
    jars = locked_jars()
    assert len(jars) == 46
    assert {jar.version for jar in jars if jar.artifact == "kafka_2.13"} == {"4.3.1"}
    assert all(len(jar.sha256) == 64 and "/" not in jar.group for jar in jars)


def test_a_whole_jar_is_fetched_once(lock: Path, tmp_path: Path) -> None:
    asked, fetch = gives(CONTENT)
    first = class_path(tmp_path / "cache", lock=lock, fetch=fetch)  # type: ignore[arg-type]  # a function
    again = class_path(tmp_path / "cache", lock=lock, fetch=fetch)  # type: ignore[arg-type]  # a function
    assert first == again == [tmp_path / "cache" / "one-1.0.jar"]
    assert asked == ["one"]


def test_a_damaged_jar_in_the_cache_is_fetched_again(lock: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "one-1.0.jar").write_bytes(CONTENT[:-1] + b"!")
    _, fetch = gives(CONTENT)
    (path,) = class_path(tmp_path / "cache", lock=lock, fetch=fetch)  # type: ignore[arg-type]  # a function
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT[:-1] + b"!"])
def test_a_cut_or_altered_jar_is_refused_in_one_sentence(lock: Path, tmp_path: Path, content: bytes) -> None:
    _, fetch = gives(content)
    with pytest.raises(StationError, match=r"one-1.0.jar arrived damaged .* run the command again"):
        class_path(tmp_path / "cache", lock=lock, fetch=fetch)  # type: ignore[arg-type]  # a function
    assert list((tmp_path / "cache").glob("*.jar")) == []


def test_without_a_network_the_sentence_names_the_ways_out(lock: Path, tmp_path: Path) -> None:
    def fetch(jar: Jar, into: Path) -> Path:
        raise ConnectionError(jar.artifact, str(into))

    with pytest.raises(
        StationError, match=r"check the network, proxy and certificate settings, or .*--kafka"
    ):
        class_path(tmp_path / "cache", lock=lock, fetch=fetch)

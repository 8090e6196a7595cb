"""The archive of the broker's classes: made once beside the jars, used by every broker, and never in its way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from services.runtime.settings import Settings
from services.station.adapters.data_folder import make_folders
from services.station.adapters.embedded_kafka import archive_of, prepare_kafka
from services.station.adapters.jar_cache import class_path
from services.station.kafka_archive import ensure_archive
from services.station.supervisor import Supervisor

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a cache of its own, in which nothing but the jars lies."""
    cache = tmp_path / "cache"
    cache.mkdir()
    for jar in class_path(Settings(data_dir=tmp_path).jars):
        (cache / jar.name).symlink_to(jar)
    return Settings(data_dir=tmp_path / "data", jar_cache=cache)


async def starts(settings: Settings) -> str:
    """What a broker says that starts and stops."""
    make_folders(settings)
    child = await asyncio.to_thread(prepare_kafka, settings)
    async with Supervisor(settings, lambda _: None) as supervisor:
        await supervisor.start([child])
    return child.log.read_text(errors="replace")


async def test_it_is_made_once_and_a_broker_starts_by_it(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    older = settings.jars / "classes-0123456789ab.aot"
    older.write_bytes(b"of another JVM")
    said: list[str] = []
    await ensure_archive(settings, said.append)
    archive = archive_of(settings)
    assert archive.exists(), said
    assert not older.exists()
    made = archive.stat()
    await ensure_archive(settings, said.append)
    assert archive.stat() == made
    assert len(said) == 1
    child = await asyncio.to_thread(prepare_kafka, settings)
    assert f"-XX:AOTCache={archive}" in child.argv
    assert "aot" not in (await starts(settings)).lower()  # the JVM complains there of one that does not fit


@pytest.mark.parametrize("lies_there", [b"", b"no archive at all" * 1000])
async def test_one_that_does_not_fit_is_gone_without(settings: Settings, lies_there: bytes) -> None:
    archive_of(settings).write_bytes(lies_there)
    assert "Kafka Server started" in await starts(settings)


async def test_where_none_can_be_made_the_broker_starts_without(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.station.kafka_archive.LONGEST_S", 0.5)
    said: list[str] = []
    await ensure_archive(settings, said.append)
    assert "starts slower" in said[-1]
    assert not archive_of(settings).exists()
    assert not [one for one in settings.jars.iterdir() if one.suffix != ".jar"]

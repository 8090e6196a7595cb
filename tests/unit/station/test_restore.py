"""What a restore leaves of a folder that it was refused for."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from services.runtime.settings import Settings
from services.station.adapters import data_folder
from services.station.copies import restore as restoring
from services.station.copies.manifest import Manifest
from services.station.errors import StationError

COPY = Manifest(made_at=0, version="0.1.0", topics=(), tables=(), places=(), migrations={}, line_key="")


async def test_it_can_be_tried_again_after_there_was_no_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "check", lambda _folder, _progress: COPY)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    for _ in range(2):
        with pytest.raises(StationError, match="make space or choose another folder"):
            await restoring.restore(
                tmp_path / "copy",
                Settings(data_dir=tmp_path / "again"),
                own_kafka=False,
                own_postgres=False,
                say=lambda _: None,
                progress=lambda *_: None,
            )
    assert not (tmp_path / "again").exists()


def test_of_one_that_was_broken_off_what_was_put_there_is_to_be_kept(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    data_folder.begin_restore(settings)
    with pytest.raises(StationError, match=r"but `secrets` and `jiejing\.toml`"):
        data_folder.make_folders(settings)

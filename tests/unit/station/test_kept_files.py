"""Small files by which the parts of a station know each other, when the power was cut while they were written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.runtime.settings import Settings
from services.station.adapters.data_folder import make_folders, read_run_file
from services.station.adapters.embedded_kafka import ports_of
from services.station.adapters.embedded_postgres import remove_socket_folder, socket_of
from services.station.adapters.kept_file import keep, kept
from services.station.adapters.leash import clear_leftovers, running_children
from services.station.status import noted_by_up

TORN = [b"", b"\0" * 40, b'{"folder": "/tmp/jiejing-', b"[]"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path)
    make_folders(made)
    return made


@pytest.mark.parametrize("content", TORN)
def test_what_a_power_cut_left_of_a_file_is_as_if_it_were_not_there(
    settings: Settings, content: bytes
) -> None:
    for file in (
        "run/children.json",
        "run/expected.json",
        "run/endpoints.json",
        "postgres/socket.json",
        "kafka/ports.json",
    ):
        path = settings.data_dir / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert running_children(settings) == []
    assert clear_leftovers(settings) == []
    assert read_run_file(settings, "endpoints.json") is None
    assert noted_by_up(settings).own == ()
    assert socket_of(settings) is None
    assert ports_of(settings) is None
    remove_socket_folder(settings)


def test_a_file_is_on_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, synced = tmp_path / "kept.json", list[str]()
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        assert kept(path) == before
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    before: object = None
    keep(path, {"a": 1})
    before = {"a": 1}
    keep(path, {"a": 2})
    assert kept(path) == {"a": 2}
    assert synced == ["kept.draft", "kept.draft"]
    assert path.stat().st_mode & 0o777 == 0o600

"""Commands that look and start nothing: what they print and how they end."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from services.runtime.settings import Address, Settings
from services.station.adapters.data_folder import check_space, held, make_folders, write_run_file
from services.station.adapters.ports import bound
from services.station.config_check import effective, faults_of, masked
from services.station.doctor import examine
from services.station.errors import StationError
from services.station.processes import WORKERS
from services.station.status import look, sentences

if TYPE_CHECKING:
    from pathlib import Path


def jiejing(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.station", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def test_config_check_prints_what_can_be_a_file_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('web = ":9000"\npostgres = "postgresql://me:hush@db/x"\n')
    first = jiejing("config", "check", f"--config={file}", f"--data={tmp_path}")
    assert first.returncode == 0, first.stderr
    assert 'web = "127.0.0.1:9000"' in first.stdout
    assert "hush" not in first.stdout
    file.write_text(first.stdout)
    assert jiejing("config", "check", f"--config={file}").stdout == first.stdout


def test_config_check_ends_with_1_when_it_cannot_work_and_2_when_it_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "jiejing.toml"
    file.write_text('web = ":9000"\nfeed = ":9000"\n')
    done = jiejing("config", "check", "--json", f"--data={tmp_path}")
    assert done.returncode == 1
    assert json.loads(done.stdout)["faults"] == ["web and feed are both at 127.0.0.1:9000: give each its own"]
    file.write_text("nobody = 1\n")
    done = jiejing("config", "check", f"--data={tmp_path}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "unknown setting nobody" in done.stderr


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:hush@db:5432/x", "postgresql://me:***@db:5432/x"),
        ("postgresql:///x?host=/s&user=me", "postgresql:///x?host=/s&user=me"),
        ("postgresql://db/x?user=me&password=hush&sslpassword=a", "postgresql://db/x?user=me&password=***&sslpassword=***"),
        ("postgresql://db/x?note=a:b@c", "postgresql://db/x?note=a:b@c"),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_free_ports_do_not_clash(tmp_path: Path) -> None:
    free = Address("127.0.0.1", 0)
    assert list(faults_of(Settings(data_dir=tmp_path, web=free, feed=free))) == []


def test_a_partition_that_does_not_exist_and_a_folder_that_is_a_file_are_faults(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = list(faults_of(Settings(data_dir=tmp_path / "file" / "data", router_partitions=(11, 12))))
    assert [fault.split(":")[0] for fault in found] == [
        "router_partitions names [12], and there are only 0 to 11",
        f"cannot write to {tmp_path / 'file'}",
    ]


def test_every_setting_that_has_a_value_is_shown() -> None:
    settings = Settings()
    assert set(effective(settings)) == {name for name, value in settings if value is not None}


async def test_status_of_a_folder_where_nothing_runs_misses_everybody(tmp_path: Path) -> None:
    found = await look(Settings(data_dir=tmp_path))
    assert not found["running"] and not found["whole"]
    assert found["missing"] == ["postgres", "kafka", *WORKERS]


async def test_status_is_not_whole_while_an_expected_process_is_not_there(tmp_path: Path) -> None:
    """Endpoints were written and nobody else says that he is not ready: the names alone must tell."""
    settings = Settings(data_dir=tmp_path)
    make_folders(settings)
    write_run_file(
        settings, "endpoints.json", {"web": "x", "accounts": {}, "postgres": "postgresql://a:hush@h/d"}
    )
    with held(settings):
        found = await look(settings)
    assert found["running"] and not found["whole"]
    assert set(found["missing"]) == {"postgres", "kafka", *WORKERS}
    assert found["endpoints"] == {"web": "x", "postgres": "postgresql://a:***@h/d"}
    assert "missing: postgres, kafka, " in "\n".join(sentences(found))


async def test_a_store_of_somebody_else_is_missing_when_it_does_not_answer(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    make_folders(settings)
    write_run_file(settings, "expected.json", {"own": ["postgres"], "names": ["postgres", "web"]})
    write_run_file(settings, "endpoints.json", {"postgres": f"postgresql:///none?host={tmp_path}"})
    with held(settings):
        found = await look(settings)
    assert found["missing"] == ["postgres", "web"]


def test_doctor_looks_at_everything_and_names_a_taken_port(tmp_path: Path) -> None:
    free = Address("127.0.0.1", 0)
    with bound(free) as other:
        taken = Address("127.0.0.1", other.getsockname()[1])
        found = examine(Settings(data_dir=tmp_path, web=taken, feed=free, signals=free, dc09=free))
    said = {one.name: one for one in found}
    assert {"jiejing", "python", "java", "kafka", "postgres", "node", "browser", "font"} <= set(said)
    assert not said["ports"].ok and "--web HOST:PORT" in said["ports"].said
    assert said["disk"].ok and said["data folder"].ok


def test_a_nearly_full_disk_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(StationError, match=r"MB are free for .* make space or choose another folder"):
        check_space(Settings(data_dir=tmp_path), needed=1 << 62)

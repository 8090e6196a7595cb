"""The directory of the last run, on disk."""

from pathlib import Path

import pytest

from services.contracts.directory import LineAssigned
from services.contracts.stored import Sealed
from services.ingest.adapters.directory_file import DirectoryFile

LINES = [
    LineAssigned(position=1, account_space="default", account="1234", site="银行"),
    LineAssigned(
        position=2,
        account_space="default",
        account="5678",
        site="s",
        key=Sealed(key="k", box=b"sealed"),
    ),
]


def test_what_was_written_last_is_read(tmp_path: Path) -> None:
    file = DirectoryFile(tmp_path / "directory")
    file.write([])
    assert file.read() == []
    file.write(LINES)
    assert file.read() == LINES


def test_where_nothing_was_written_nothing_is_known(tmp_path: Path) -> None:
    assert DirectoryFile(tmp_path / "directory").read() is None


@pytest.mark.parametrize("damage", [b"", b"x", b"00000000 []"])
def test_a_file_that_does_not_hold_is_not_believed(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "directory").write_bytes(damage)
    assert DirectoryFile(tmp_path / "directory").read() is None


def test_one_damaged_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "directory"
    DirectoryFile(path).write(LINES)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    assert DirectoryFile(path).read() is None


def test_it_is_its_owners_alone(tmp_path: Path) -> None:
    DirectoryFile(tmp_path / "directory").write(LINES)
    assert (tmp_path / "directory").stat().st_mode & 0o777 == 0o600

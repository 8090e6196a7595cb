"""Keys of lines are sealed with the secrets folder's key, and opened by it alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.runtime.line_keys import LineKeys, ensure_line_key

AES_256 = "00112233445566778899aabbccddeeff" * 2


@pytest.mark.parametrize("digits", [32, 48, 64])
def test_a_sealed_key_is_opened_again(tmp_path: Path, digits: int) -> None:
    sealed = LineKeys(tmp_path / "line_key").seal(AES_256[:digits].upper())
    assert LineKeys(tmp_path / "line_key").open(sealed) == bytes.fromhex(AES_256[:digits])
    assert bytes.fromhex(AES_256[:digits]) not in sealed.box


@pytest.mark.parametrize("written", ["", "00", "zz" * 16, AES_256 + "00", "密" * 32])
def test_what_is_no_aes_key_is_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(ValueError, match="32, 48 or 64 hexadecimal digits"):
        LineKeys(tmp_path / "line_key").seal(written)


def test_a_key_of_another_installation_is_not_opened(tmp_path: Path) -> None:
    sealed = LineKeys(tmp_path / "other").seal(AES_256)
    with pytest.raises(ValueError, match="sealed with line_key/"):
        LineKeys(tmp_path / "line_key").open(sealed)


def test_the_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "line_key"
    key = ensure_line_key(path)
    assert ensure_line_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["line_key"]


def test_a_damaged_file_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "line_key"
    path.write_text("00\n")
    with pytest.raises(ValueError, match="holds no key"):
        LineKeys(path)

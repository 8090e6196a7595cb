"""Which life of which receiver, as the folder of its spool knows."""

from pathlib import Path

import pytest

from services.ingest.adapters.life_file import begin_life
from services.ingest.domain.heard import NOT_KNOWN

NOW = 1_800_000_000_000_000


def test_each_life_of_a_receiver_has_a_greater_number_whatever_its_clock_says(tmp_path: Path) -> None:
    clocks = (NOW, NOW + 1, NOW + 1, NOW - 86_400_000_000, NOW + 5)
    lives = [begin_life(tmp_path / "life", now) for now in clocks]
    assert len({life.receiver for life in lives}) == 1
    numbers = [life.number for life in lives]
    assert numbers == sorted(set(numbers))


def test_a_folder_that_was_put_back_goes_on_with_a_number_that_it_never_had(tmp_path: Path) -> None:
    path = tmp_path / "life"
    begin_life(path, NOW)
    kept = path.read_bytes()
    later = begin_life(path, NOW + 5)
    path.write_bytes(kept)
    assert begin_life(path, NOW + 9).number > later.number


def test_two_folders_are_two_receivers(tmp_path: Path) -> None:
    assert begin_life(tmp_path / "a", NOW).receiver != begin_life(tmp_path / "b", NOW).receiver


@pytest.mark.parametrize("damage", [b"", b"x", b"00000000 {}", b"0d4cbb29 []", b"ff000000 \xff"])
def test_a_damaged_file_is_another_receivers(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "life"
    before = begin_life(path, NOW)
    path.write_bytes(damage)
    after = begin_life(path, NOW)
    assert after.receiver not in ("", before.receiver)
    assert begin_life(path, NOW).receiver == after.receiver


def test_where_nothing_can_be_written_the_life_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "life"
    begin_life(path, NOW)
    kept = path.read_bytes()
    (tmp_path / "life.draft").mkdir()
    assert begin_life(path, NOW) == NOT_KNOWN
    assert path.read_bytes() == kept

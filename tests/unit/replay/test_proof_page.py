"""The scripts of docs/proof.md do what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from services.replay.handlers.exporting import head_file
from services.replay.handlers.history import Asked, history
from services.replay.handlers.room import ReadingRoom
from tests.unit.replay.exports import exported
from tests.unit.replay.past import INSPECTOR, T0, Past, raised, room_of

PAGE = Path(__file__).parents[3] / "docs" / "proof.md"
EXPORT, PICTURE = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def run(script: str, *files: Path) -> str:
    """What it prints, or the last line of what went wrong."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return (done.stdout or done.stderr).strip().splitlines()[-1]


def a_room(*alarms: str) -> ReadingRoom:
    past = Past()
    for alarm in alarms:
        past.says(raised(alarm))
        past.junk()
    return room_of(past, Past(1))


@pytest.fixture
async def files(tmp_path: Path) -> tuple[Path, Path]:
    content, head = await exported(a_room("a1", "a2", "a3"))
    file, kept = tmp_path / "record.zip", tmp_path / "head.json"
    file.write_bytes(content)
    kept.write_bytes(head_file(head))
    return file, kept


async def test_the_script_for_exports_says_that_a_whole_one_holds(files: tuple[Path, Path]) -> None:
    assert run(EXPORT, *files) == "holds"


async def test_the_script_for_exports_finds_one_that_was_rewritten(files: tuple[Path, Path]) -> None:
    forged, _ = await exported(a_room("a1", "b2", "a3"))
    files[0].write_bytes(forged)
    assert run(EXPORT, *files) == "AssertionError: 0: 5 was rewritten"


async def test_the_script_for_pictures_makes_the_hash_of_an_answer(tmp_path: Path) -> None:
    found = await history(a_room("a1", "a2"), INSPECTOR, Asked(at=2 * T0))
    assert found is not None
    assert len(found.alarms) == 2
    answer = tmp_path / "answer.json"
    answer.write_bytes(msgspec.json.encode(found))
    assert run(PICTURE, answer) == "holds"
    answer.write_bytes(msgspec.json.encode(found).replace(b'"priority":2', b'"priority":3', 1))
    assert run(PICTURE, answer) == "AssertionError"

"""What is generated from the contracts is as the contracts are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.contracts import catalogue, schema

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("generator", [schema, catalogue])
def test_the_committed_file_is_up_to_date(generator: object) -> None:
    assert generator.main(["--check"]) == 0  # type: ignore[attr-defined]  # both modules have it


def test_an_altered_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "contracts.ts"
    assert schema.put(target, "new", check=False, command="x") == 0
    target.write_text("old", encoding="utf-8")
    assert schema.put(target, "new", check=True, command="x") == 1
    assert "contracts.ts is out of date: run python -m x" in capsys.readouterr().err


def test_every_tag_of_the_feed_and_the_record_reaches_the_pages() -> None:
    text = schema.typescript()
    for tag in ("feed.snapshot.v1", "alarm.raised.v1", "directory.provider_noted.v1", "refused"):
        assert f'type: "{tag}";' in text
    assert "class: AlarmClass;" in text

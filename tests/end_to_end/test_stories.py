"""The stories that we ship, played on the running product by panels and people over its own doors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.station.demo.story import STORIES, names

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Product

FAST = "1000"


@pytest.mark.parametrize("name", names())
def test_a_story_comes_true_and_its_record_leaves_as_an_export_that_verifies(
    product: Product, name: str
) -> None:
    done = product.run("demo", name, "--speed", FAST, "--lang", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    export = Path(done.stdout.splitlines()[-1].strip())
    checked = product.run("verify", str(export), "--head", f"{export}.head.json")
    assert checked.returncode == 0, checked.stdout


def test_a_story_that_does_not_come_true_says_where_it_broke(product: Product, tmp_path: Path) -> None:
    text = (STORIES / "burglary.toml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace("occurrence_count = 2", "occurrence_count = 3"), encoding="utf-8")
    done = product.run("demo", str(wrong), "--speed", FAST)
    assert done.returncode == 1
    assert "occurrence_count = 2, not 3" in done.stderr.splitlines()[-1]


def test_a_story_that_nobody_wrote_is_answered_with_those_there_are(product: Product) -> None:
    done = product.run("demo", "burglry")
    assert done.returncode == 2
    assert "burglary" in done.stderr

"""The form of stories: what we ship can be played, and what cannot be played says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.registry.domain.sheet import read_sheet
from services.station.demo.document import main as document
from services.station.demo.story import STORIES, Story, StoryUnreadable, names, read_story

ROOT = Path(__file__).parents[3]
HEAD = 'account = "1"\nregister = []\nbureaus = {}\ntitle = { zh = "题", en = "title" }\n[[step]]\nsays = { zh = "说", en = "said" }\n'


def written(tmp_path: Path, step: str) -> str:
    file = tmp_path / "story.toml"
    file.write_text(HEAD + step, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("name", names())
def test_a_shipped_story_registers_the_sites_of_its_panels(name: str) -> None:
    story = read_story(name)
    sheet = read_sheet(story.sheet())
    assert not sheet.faults
    accounts = {row["account"] for row in story.register}
    assert {story.account, *(step.account for step in story.step if step.account)} <= accounts


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ('who = "panel"\ndoes = "claim"', "panel must either send"),
        ('who = "operator"\nsends = "1130 01 003"', "operator must either send"),
        ('who = "operator"', "operator must either send"),
        ('who = "inspector"\nlooks = "history"\ndoes = "claim"', "inspector must either send"),
        ('who = "inspector"\nlooks = "mirror"', "Invalid enum value 'mirror'"),
        ('who = "thief"\ndoes = "claim"', "Invalid enum value 'thief'"),
        ('who = "operator"\ndoes = "claim"\nshow = {}', "unknown field `show`"),
        ("who = ", "Invalid value"),
    ],
)
def test_what_cannot_be_played_says_why(tmp_path: Path, step: str, why: str) -> None:
    with pytest.raises(StoryUnreadable, match=why):
        read_story(written(tmp_path, step))


def test_a_story_that_we_do_not_ship_is_answered_with_those_we_do() -> None:
    with pytest.raises(StoryUnreadable, match="burglary"):
        read_story("burglry")


def test_every_shipped_file_is_a_story_with_a_beginning_by_a_panel() -> None:
    stories: list[Story] = [read_story(str(path)) for path in STORIES.glob("*.toml")]
    assert stories and all(story.step[0].who == "panel" for story in stories)


def test_the_page_of_the_stories_is_that_of_the_files() -> None:
    assert document(["--check"]) == 0

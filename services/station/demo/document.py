"""The stories as a page for people: docs/stories.md, from the files that are played.

`python -m services.station.demo.document` writes it; `--check` fails when it is out of date.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from services.contracts.schema import put
from services.station.demo.story import Screens, Step, Story, names, read_story

TARGET = Path(__file__).parents[3] / "docs" / "stories.md"
HEAD = """# Days in the life

Written by `python -m services.station.demo.document` from `services/station/demo/stories`. Do not edit.

Each of these files is played as it stands: `jiejing demo NAME` has panels over DC-09 and people over the API;
`tests/end_to_end/test_stories.py` has the same panels, and people at real screens in a browser for burglary, duress and
outage. The last column is what they then read there; ✗ is what must not stand there."""


def markdown() -> str:
    """The whole document, in the order of the names."""
    return "\n".join([HEAD, *(line for name in names() for line in _chapter(name, read_story(name)))]) + "\n"


def _chapter(name: str, story: Story) -> Iterator[str]:
    yield from ("", f"## {name}: {story.title.zh}", "", story.title.en + ".", "")
    yield f"[{name}.toml](../services/station/demo/stories/{name}.toml), account `{story.account}`."
    yield from ("", "| seconds | who | what | act | on the screens |", "|---|---|---|---|---|")
    yield from (_row(step) for step in story.step)


def _row(step: Step) -> str:
    act = f"`{step.sends or step.does or step.looks}`" + (" refused" if step.refused else "")
    seen = [*_screens(step.sees, ""), *_screens(step.unseen, "✗ ")]
    after = f"+{step.after:g}" if step.after else ""
    return f"| {after} | {step.who} | {step.says.zh} {step.says.en} | {act} | {'; '.join(seen)} |"


def _screens(screens: Screens, mark: str) -> Iterator[str]:
    yield from (f"{who}: {mark}{'、'.join(words)}" for who, words in screens.items())


def main(arguments: list[str] | None = None) -> int:
    """Write or compare. Exit codes: 0 done, 1 out of date."""
    parser = argparse.ArgumentParser(description="The stories as a page.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args(arguments).check
    return put(TARGET, markdown(), check=check, command="services.station.demo.document")


if __name__ == "__main__":
    raise SystemExit(main())

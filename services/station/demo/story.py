"""A day in the life as a file: who does what when, in words that people can read and in acts that can be played.

A step is one act of one of them: a panel `sends` Contact ID over DC-09; a person `does` what the routes of the API are
named for (`claim`, `verify`, `sign-for`), with the same `body`, or `looks` at a page: at the site's interruptions, `body` being their filter,
at the newest of them, or at the history of the alarm. `refused`
is the problem that is expected instead. What it comes to is said twice, for machines and for people: `shows` is what the
alarm (or what is looked at) has afterwards, by dotted names of its fields ("" where nothing may stand); `sees` are the
words that then stand on the Chinese screen of a person who looks at it, `unseen` those that do not.
"""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from services.registry.domain.sheet import COLUMNS

STORIES = Path(__file__).parent / "stories"
Who: TypeAlias = Literal[
    "panel", "operator", "shift_supervisor", "engineer", "police", "inspector", "enforcement_officer"
]
Look: TypeAlias = Literal["", "history", "interruptions", "interruption"]
Language: TypeAlias = Literal["zh", "en"]
Screens: TypeAlias = dict[Who, tuple[str, ...]]


class StoryUnreadable(ValueError):
    """The story file is missing or does not have the required form."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same in both languages."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """What a reader of `language` is told."""
        return self.zh if language == "zh" else self.en


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act. `after`: seconds since the step before; `account`: whose panel, else the story's."""

    who: Who
    says: Words
    after: float = 0.0
    account: str = ""
    sends: str = ""
    does: str = ""
    looks: Look = ""
    body: dict[str, Any] = {}
    refused: str = ""
    shows: dict[str, Any] = {}
    sees: Screens = {}
    unseen: Screens = {}

    def __post_init__(self) -> None:
        """A panel sends, a person does or looks, and each of them one thing."""
        one = [bool(said) for said in (self.sends, self.does, self.looks)].count(True) == 1
        if not one or (self.who == "panel") != bool(self.sends):
            raise ValueError(f"{self.who} must either send (a panel), or do or look (a person)")


class Story(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`account`: the line that it is about; `register`: rows of the sheet that must be in the register first.

    `bureaus`: what their bureaus are called, by code.
    """

    title: Words
    account: str
    register: tuple[dict[str, str], ...]
    bureaus: dict[str, str]
    step: tuple[Step, ...]

    def site(self, account: str) -> str:
        """The name of the site that an account belongs to."""
        return next(row["name"] for row in self.register if row["account"] == account)

    def accounts(self) -> list[str]:
        """Every one that must be in the register."""
        return [row["account"] for row in self.register]

    def sheet(self) -> bytes:
        """The rows as `jiejing registry import` reads them."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(self.register)
        return text.getvalue().encode()


def names() -> list[str]:
    """The stories that we ship."""
    return sorted(path.stem for path in STORIES.glob("*.toml"))


def read_story(name: str) -> Story:
    """A story by file path, or by the name of one that we ship. Raises `StoryUnreadable`."""
    path = Path(name)
    if not path.suffix:
        path = STORIES / f"{name}.toml"
    if not path.exists():
        raise StoryUnreadable(
            f"there is no story {name!r}: take one of {', '.join(names())}, or a .toml file"
        )
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Story)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise StoryUnreadable(f"{path}: {error}") from error

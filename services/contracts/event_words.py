"""What people call the events of the record, in both languages: the pages' own words, kept beside the contracts."""

from __future__ import annotations

from importlib.resources import files

import msgspec


def event_words() -> dict[str, dict[str, str]]:
    """By tag, then by language ("zh", "en"). An event without a word is called by its tag."""
    raw = files(__package__).joinpath("event_words.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, dict[str, str]])

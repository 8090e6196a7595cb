"""What the desk says when something is not done."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from services.desk.problem_texts import TEXTS

SERVICES = Path(__file__).parents[3] / "services"
SAYING = (*(SERVICES / "alarm_router" / "domain").glob("*.py"), SERVICES / "law" / "gates.py")
REASON = re.compile(
    r"""(?:refused\(|Refused\(reason=|return )\s*["']([a-z_]+\.[a-z_.]+|too_[a-z]+|internal)["']"""
)
OF_PROGRAMS = {"escalation.attempt_unknown", "system.not_supervised"}  # told to a program, never to a person


def test_every_reason_is_told_in_both_languages_with_what_to_do() -> None:
    for reason, texts in TEXTS.items():
        assert set(texts) == {"zh", "en"}, reason
        assert all(text.title and text.what_to_do for text in texts.values()), reason


def test_both_languages_are_filled_from_the_same_parameters() -> None:
    for reason, texts in TEXTS.items():
        wanted = {_fields(text.title + text.what_to_do) for text in texts.values()}
        assert len(wanted) == 1, reason


def test_the_core_refuses_nothing_that_the_desk_cannot_explain() -> None:
    said = {reason for path in SAYING for reason in REASON.findall(path.read_text("utf-8"))}
    assert len(said) > 10
    assert said - set(TEXTS) - OF_PROGRAMS == set()


@pytest.mark.parametrize("reason", ["alarm.claimed_by_other", "alarm.not_yours"])
def test_who_comes_second_is_told_who_was_first_by_name(reason: str) -> None:
    assert all("{holder_name}" in text.title for text in TEXTS[reason].values())


def _fields(text: str) -> frozenset[str | None]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)

"""Problem documents in two languages."""

from __future__ import annotations

import pytest

from services.desk.problems import TEXTS, Problem, document, language_of


@pytest.mark.parametrize(
    ("accept", "asked", "language"),
    [("", None, "zh"), ("en-GB,en;q=0.9", None, "en"), ("fr,zh-CN", None, "zh"), ("zh", "en", "en")],
)
def test_the_language_is_the_callers(accept: str, asked: str | None, language: str) -> None:
    assert language_of(accept, asked) == language


def test_every_reason_is_told_in_both_languages() -> None:
    assert all(set(texts) == {"zh", "en"} for texts in TEXTS.values())


def test_a_refusal_names_the_holder_and_what_to_do() -> None:
    said = document(Problem(409, "alarm.claimed_by_other", holder="li"), "en")
    assert said["type"] == "urn:jiejing:alarm.claimed_by_other"
    assert said["title"] == "li has claimed it"
    assert said["what_to_do"]


def test_a_reason_nobody_wrote_a_text_for_is_still_a_document() -> None:
    assert document(Problem(409, "new.reason"), "zh")["title"]

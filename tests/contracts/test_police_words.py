"""What reaches the police says what a dispatcher needs, and nothing about filings, penalties or anybody's clocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from services.contracts import police, views

FORBIDDEN = re.compile(
    r"filing|licen[cs]e|permit|penalt|claim_due|overdue|deadline|countdown|suspect|offen[cs]e"
)
REACHING = (
    police.EscalationNotice,
    views.EscalationView,
    views.EscalationChanged,
)


def reachable(kind: Any, path: str = "") -> Iterator[str]:
    """Every field's path below a type."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for name, hint in get_type_hints(kind).items():
            yield f"{path}.{name}"
            yield from reachable(hint, f"{path}.{name}")
    for inner in get_args(kind):
        yield from reachable(inner, path)


@pytest.mark.parametrize("kind", REACHING, ids=lambda kind: kind.__name__)
def test_no_forbidden_word_reaches_the_police(kind: type[msgspec.Struct]) -> None:
    fields = list(reachable(kind))
    assert len(fields) > 10
    assert [field for field in fields if FORBIDDEN.search(field)] == []


def test_the_walk_finds_a_filing_where_there_is_one() -> None:
    assert any(FORBIDDEN.search(field) for field in reachable(views.AlarmView))

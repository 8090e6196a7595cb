"""One hash for what is the same in two versions, another for what is not."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec
import pytest

from tests.upgrade.by_names import by_names, digest_of, digests_of


class Mark(msgspec.Struct, frozen=True):
    run: str
    upto: int = 0


class State(msgspec.Struct):
    marks: dict[str, Mark] = {}
    waiting: deque[tuple[int, str]] = msgspec.field(default_factory=deque)
    limit: int | None = None


class Later(msgspec.Struct):
    """The same with more fields, in another order."""

    careful: bool = True
    limit: int | None = None
    waiting: deque[tuple[int, str]] = msgspec.field(default_factory=deque)
    told: list[str] = []
    marks: dict[str, Mark] = {}


def given(**changed: Any) -> dict[str, Any]:
    return {"marks": {"a": Mark("r", 3), "b": Mark("r")}, "waiting": deque([(1, "x"), (2, "y")]), **changed}


def test_fields_that_a_later_version_adds_change_nothing_while_they_stand_at_their_default() -> None:
    assert digest_of(Later(**given())) == digest_of(State(**given()))
    assert digests_of(Later(**given())) == digests_of(State(**given()))


@pytest.mark.parametrize(
    "changed",
    [
        {"careful": False},
        {"told": ["x"]},
        {"limit": 0},
        {"marks": {"b": Mark("r"), "a": Mark("r", 3)}},
        {"marks": {"a": Mark("r", 3)}},
        {"waiting": deque([(2, "y"), (1, "x")])},
    ],
)
def test_everything_else_changes_it(changed: dict[str, Any]) -> None:
    (part,) = changed
    assert digest_of(Later(**given(**changed))) != digest_of(Later(**given()))
    assert digests_of(Later(**given(**changed)), part) == digests_of(Later(**given()), part)


def test_a_tag_is_told_and_bytes_are() -> None:
    class Tagged(msgspec.Struct, tag="told.v1"):
        box: bytes

    assert by_names(Tagged(b"\xff")) == {"type": "told.v1", "box": "/w=="}

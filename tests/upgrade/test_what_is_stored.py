"""What the previous version stored is stored so for ever, and read by today's code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contracts.samples import STORED
from tests.upgrade.shapes import Shapes, shapes_of
from tests.upgrade.the_previous import PROJECT

if TYPE_CHECKING:
    from tests.upgrade.the_previous import Previous

PUBLISHED = ("tests/contracts/golden/*.json", "tests/upgrade/kept/*/*", "services/*/migrations/*.sql")
# Until 0.1.0 is released a field may be added in place (ADR 5). An old reader takes what carries it for malformed, so each
# is named here until `previous` is moved on.
RENEWED = {
    "tests/contracts/golden/liveness.heard.v1.json",  # an old watch reads none of a new receiver: routers come first
    "tests/contracts/golden/liveness.last_heard.v1.json",  # an old watch has no memory then, and awaits all lines anew
    "tests/contracts/golden/police.escalation_notice.v1.json",
}
WORD = {"enum": ["a", "b"]}
TOLD: dict[str, Any] = {
    "type": "object",
    "properties": {"word": WORD, "many": {"type": "array", "items": {"type": "integer"}}},
    "required": ["word"],
    "additionalProperties": False,
}


def shape(**changed: Any) -> Shapes:
    """One tag, told so."""
    return Shapes({"told.v1": {"$ref": "Told"}}, {"Told": TOLD | changed})


def test_no_byte_of_what_is_published_changes(previous: Previous) -> None:
    """Golden files of tags, records of releases, migrations: a new one stands beside them."""
    published = [path for pattern in PUBLISHED for path in previous.folder.glob(pattern)]
    assert len(published) > len(STORED)
    changed = {
        str(then.relative_to(previous.folder))
        for then in published
        if not (now := PROJECT / then.relative_to(previous.folder)).is_file()
        or now.read_bytes() != then.read_bytes()
    }
    assert changed <= RENEWED, "a new shape is a new tag, a new table a new number (or see RENEWED)"


def test_all_that_could_be_stored_can_still_be_read(previous: Previous) -> None:
    """Also what no golden file says: each word of a closed list, each field that may be left out."""
    before, today = previous.shapes(), shapes_of()
    assert before.tags
    assert not today.does_not_read(before)


@pytest.mark.parametrize(
    "narrower",
    [
        {"properties": {**TOLD["properties"], "word": {"enum": ["a"]}}},
        {"properties": {**TOLD["properties"], "many": {"type": "array", "items": {"type": "string"}}}},
        {"properties": {"word": WORD}},
        {"required": ["word", "many"]},
    ],
)
def test_a_shape_that_takes_less_does_not_read_what_was_stored(narrower: dict[str, Any]) -> None:
    assert shape(**narrower).does_not_read(shape()) == ["told.v1"]
    assert not shape().does_not_read(shape())


def test_a_shape_that_takes_more_reads_what_was_stored() -> None:
    wider = {
        "word": {"enum": ["a", "b", "c"]},
        "many": {"anyOf": [TOLD["properties"]["many"], {"type": "null"}]},
    }
    assert not shape(properties={**wider, "new": WORD}).does_not_read(shape())
    assert shape().does_not_read(shape(properties=wider)) == ["told.v1"]


def test_a_tag_that_is_no_longer_known_is_named() -> None:
    assert Shapes({}, {}).does_not_read(shape()) == ["told.v1"]

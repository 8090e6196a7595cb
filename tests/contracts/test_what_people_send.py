"""Whatever the published form of a body allows is taken, and says the same again; only a rule of ours refuses some of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.contracts.codec import encode
from services.ingest.adapters.http import PostedSignal
from tests.fuzz.browsers import BODIES

SENT = (*BODIES, TypeAdapter[BaseModel](PostedSignal))
SAFE = (1 << 53) - 1  # beyond, a browser has no whole numbers
OURS = {
    "value_error",
    "string_too_short",
    "string_pattern_mismatch",
}  # the last two of what is stripped of its blanks


def sent(form: Mapping[str, Any], named: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """What this JSON Schema allows. `named`: the forms that it refers to."""
    match form:
        case {"$ref": str(name)}:
            return sent(named[name.rpartition("/")[2]], named)
        case {"anyOf": list(forms)}:
            return st.one_of([sent(one, named) for one in forms])
        case {"enum": list(words)}:
            return st.sampled_from(words)
        case {"const": word}:
            return st.just(word)
        case {"type": "object"}:
            fields = {name: sent(one, named) for name, one in form.get("properties", {}).items()}
            needed = {name: fields.pop(name) for name in form.get("required", ())}
            return st.fixed_dictionaries(needed, optional=fields)
        case {"type": "array", "items": items}:
            most = min(form.get("maxItems", 3), form.get("minItems", 0) + 3)
            return st.lists(sent(items, named), min_size=form.get("minItems", 0), max_size=most)
        case _:
            return plain(form)


def plain(form: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """The same of what holds nothing else."""
    match form["type"]:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(form.get("minimum", -SAFE), form.get("maximum", SAFE))
        case "number":
            return st.floats(form.get("minimum"), form.get("maximum"), allow_nan=False, allow_infinity=False)
        case "string" if form.get("format") == "date":
            return st.dates().map(str)
        case "string" if form.get("format") == "date-time":
            return st.datetimes().map(lambda when: f"{when.isoformat()}Z")
        case "string":
            least, most = form.get("minLength", 0), form.get("maxLength", 4000)
            if "pattern" not in form:
                return st.text(min_size=least, max_size=min(most, 30))
            pattern = form["pattern"].removesuffix("$") + r"\Z"
            return st.from_regex(pattern).filter(lambda text: least <= len(text) <= most)
        case other:
            raise AssertionError(other)


def by_ours(refusal: ValidationError) -> None:
    """Fail where it was not a rule of ours that refused it."""
    assert {one["type"] for one in refusal.errors()} <= OURS


@pytest.mark.parametrize("body", SENT, ids=lambda body: body.json_schema()["title"])
def test_what_its_form_allows_is_taken_and_says_the_same_again(body: TypeAdapter[BaseModel]) -> None:
    form, taken = body.json_schema(), 0

    @given(said=sent(form, form.get("$defs", {})))
    @settings(max_examples=25)
    def law(said: Any) -> None:
        nonlocal taken
        try:
            read = body.validate_python(said)
        except ValidationError as error:
            by_ours(error)
            return
        taken += 1
        assert body.validate_json(read.model_dump_json()) == read
        encode(read.model_dump(mode="json"))

    law()
    assert taken

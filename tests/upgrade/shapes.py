"""The shapes of all stored tags as JSON Schema, and whether one version reads what another could store.

Run as a program it prints those of the code that it finds.
"""

from __future__ import annotations

import sys
from typing import Any, TypeAlias

import msgspec

from tests.contracts.samples import STORED, tag_of

Schema: TypeAlias = dict[str, Any]
# Words about a shape, and bounds of numbers: those keep out what no version ever wrote.
TOLD = frozenset({"title", "description", "default", "discriminator", "minimum", "maximum"})


class Shapes(msgspec.Struct, frozen=True):
    """`tags`: where the shape of each stored tag is told; `parts`: every struct by its name."""

    tags: dict[str, Schema]
    parts: dict[str, Schema]

    def does_not_read(self, before: Shapes) -> list[str]:
        """The tags of `before` whose values are not all read by these."""
        wrong = (
            tag
            for tag, schema in before.tags.items()
            if tag not in self.tags or not _Reading(self, before).takes(self.tags[tag], schema)
        )
        return sorted(wrong)


class _Reading:
    """One comparison. What is being compared further up is taken to be read."""

    def __init__(self, today: Shapes, before: Shapes) -> None:
        self._today, self._before = today, before
        self._asked: set[tuple[str, str]] = set()

    def takes(self, today: Schema, before: Schema) -> bool:
        """Whether `today` reads all that `before` tells."""
        if "$ref" in today and "$ref" in before:
            names = today["$ref"], before["$ref"]
            if names in self._asked:
                return True
            self._asked.add(names)
        today, before = self._told(today, self._today), self._told(before, self._before)
        if "anyOf" in before:
            return all(self.takes(today, one) for one in before["anyOf"])
        if "anyOf" in today:
            return any(self.takes(one, before) for one in today["anyOf"])
        if "enum" in before and "enum" not in today:
            return today.get("type") == "string"
        return set(before.get("enum", ())) <= set(today.get("enum", ())) and self._takes_fields(today, before)

    def _told(self, schema: Schema, by: Shapes) -> Schema:
        told = by.parts[schema["$ref"]] if "$ref" in schema else schema
        return {key: value for key, value in told.items() if key not in TOLD}

    def _takes_fields(self, today: Schema, before: Schema) -> bool:
        """Fields by their names; whatever else is said, part by part."""
        fields, known = before.get("properties", {}), today.get("properties", {})
        return (
            set(today.get("required", ())) <= set(before.get("required", ()))
            and all(name in known and self.takes(known[name], told) for name, told in fields.items())
            and all(
                self._takes_part(today.get(key), before.get(key))
                for key in (today.keys() | before.keys()) - {"properties", "required", "enum"}
            )
        )

    def _takes_part(self, today: Any, before: Any) -> bool:
        if isinstance(today, dict) and isinstance(before, dict):
            return self.takes(today, before)
        if isinstance(today, list) and isinstance(before, list):
            return len(today) == len(before) and all(map(self._takes_part, today, before))
        return bool(today == before)


def shapes_of() -> Shapes:
    """Those of this code."""
    told, parts = msgspec.json.schema_components(STORED, ref_template="{name}")
    return Shapes({tag_of(one): schema for one, schema in zip(STORED, told, strict=True)}, dict(parts))


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(shapes_of()))

"""The part of YAML that `docker-compose.yml` is written in; anything else is an error.

Mappings and lists by indentation, `"quoted"` and `[flow]` values as in JSON, `{}`, anchors of whole blocks and
their merging by `<<`, whole numbers. Any other bare word that YAML might not take for a word is refused: quote it.
"""

from __future__ import annotations

import json
import re
from typing import Any

NOT_A_WORD = re.compile(r"(?i)(true|false|yes|no|on|off|null|~|[-+.]?\d[\d._]*)")
NUMBER = re.compile(r"0|[1-9]\d*")
ENTRY = re.compile(r"(?P<key>[\w.<-]+):(?: (?P<value>.+))?")


class NotPlain(ValueError):
    """The line, and what is wrong with it."""


class Reader:
    """One document."""

    def __init__(self, text: str) -> None:
        self._anchors: dict[str, Any] = {}
        lines = (line.rstrip() for line in text.splitlines())
        self._lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]

    def document(self) -> dict[str, Any]:
        """All of it."""
        found = self._block(0)
        if self._lines or not isinstance(found, dict):
            raise NotPlain(f"not a mapping, or badly indented: {self._lines[:1]}")
        return found

    def _indent(self) -> int:
        line = self._lines[0]
        return len(line) - len(line.lstrip(" "))

    def _block(self, indent: int) -> Any:
        if self._lines and self._lines[0].lstrip().startswith("- "):
            return self._items(indent)
        found: dict[str, Any] = {}
        while self._lines and self._indent() == indent:
            self._entry(found, indent)
        return found

    def _items(self, indent: int) -> list[Any]:
        found = []
        while self._lines and self._indent() == indent:
            line = self._lines.pop(0).strip()
            if not line.startswith("- "):
                raise NotPlain(line)
            found.append(self._value(line.removeprefix("- ")))
        return found

    def _entry(self, found: dict[str, Any], indent: int) -> None:
        line = self._lines.pop(0).strip()
        entry = ENTRY.fullmatch(line)
        if entry is None:
            raise NotPlain(line)
        key, value = entry["key"], entry["value"]
        if key == "<<":
            found |= {name: inner for name, inner in self._value(value).items() if name not in found}
        elif value is None or value.startswith("&"):
            found[key] = self._nested(indent, line)
            self._anchors[(value or "")[1:]] = found[key]
        elif key in found and indent == 0:
            raise NotPlain(f"twice: {line}")
        else:
            found[key] = self._value(value)

    def _nested(self, indent: int, line: str) -> Any:
        if not self._lines or self._indent() != indent + 2:
            raise NotPlain(f"nothing, or not two spaces, below: {line}")
        return self._block(indent + 2)

    def _value(self, text: str) -> Any:
        if text.startswith("*"):
            return self._anchors[text[1:]]
        if text[0] in '"[{':
            return json.loads(text)
        if NUMBER.fullmatch(text):
            return int(text)
        if NOT_A_WORD.fullmatch(text) or ": " in text or " #" in text or text[0] in "'&!|>%@`":
            raise NotPlain(f"quote it: {text}")
        return text

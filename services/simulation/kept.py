"""A seed that once failed, as a file: it is replayed for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

import msgspec


class KeptSeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seed`, `steps`: of the episode; `violation`: what was found with it; `plant`: the fault that was planted.

    `says`: words that a violation must have to be of that fault.
    """

    seed: int
    steps: int
    violation: str
    plant: str = ""
    says: str = ""

    @classmethod
    def read(cls, file: Path) -> Self:
        """Raises `msgspec.ValidationError` for a file of another form."""
        return msgspec.toml.decode(file.read_bytes(), type=cls)

    def write(self, folder: Path) -> Path:
        """The file it was kept in."""
        file = folder / f"{self.plant.replace(' ', '_') or self.seed}.toml"
        lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in self._fields())
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    def _fields(self) -> list[tuple[str, int | str]]:
        named = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return [(name, value) for name, value in named if value != ""]

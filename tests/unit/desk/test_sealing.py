"""Sealed text opens under its own key and no other."""

from __future__ import annotations

import pytest

from services.contracts.stored import Sealed
from services.runtime.sealing import Sealing, seal, unseal

KEY, OTHER = b"k" * 32, b"o" * 32


def test_what_was_sealed_opens() -> None:
    sealed = seal("key-1", KEY, "两人翻墙")
    assert unseal(KEY, sealed) == "两人翻墙"
    assert "两人".encode() not in sealed.box


def test_the_same_text_is_never_sealed_alike() -> None:
    assert seal("key-1", KEY, "x").box != seal("key-1", KEY, "x").box


def test_an_altered_box_a_wrong_key_or_name_does_not_open() -> None:
    sealed = seal("key-1", KEY, "x")
    altered = Sealed(key=sealed.key, box=sealed.box[:-1] + bytes([sealed.box[-1] ^ 1]))
    renamed = Sealed(key="key-2", box=sealed.box)
    for key, box in ((KEY, altered), (OTHER, sealed), (KEY, renamed)):
        with pytest.raises(ValueError, match="altered"):
            unseal(key, box)


class Keys:
    """The table of keys."""

    async def fetch(self, _: str, names: list[str]) -> list[dict[str, object]]:
        return [{"id": name, "key": KEY} for name in names]


async def test_one_text_that_does_not_open_hides_no_other() -> None:
    good, bad = seal("key-1", KEY, "开门"), seal("key-1", OTHER, "关门")
    vault = Sealing(Keys())
    assert await vault.open([bad, good]) == {good: "开门"}

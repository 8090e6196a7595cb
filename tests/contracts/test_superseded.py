"""Superseded tags are read for ever as what they are called today, and nobody writes them any more."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from msgspec.structs import asdict

import services
from services.contracts import upcasting
from services.contracts.codec import Malformed, decode_inbox, encode
from services.contracts.envelope import InboxRecord
from services.contracts.stored import Stored
from services.contracts.upcasting import UPCASTERS, Superseded, SystemHeardV1, SystemSilentV1
from tests.contracts.samples import sample, tag_of
from tests.contracts.test_golden import GOLDEN

SERVICES = Path(services.__path__[0])
NAMES = {struct.__name__ for struct in UPCASTERS}
every_one = pytest.mark.parametrize("struct", UPCASTERS, ids=tag_of)


def golden(struct: type[msgspec.Struct]) -> bytes:
    """A record of that tag, as it was written."""
    return (GOLDEN / f"{tag_of(struct)}.json").read_bytes()


def test_what_is_read_and_what_is_upcast_are_the_same() -> None:
    assert set(get_args(Superseded)) == UPCASTERS.keys()
    assert not UPCASTERS.keys() & set(get_args(InboxRecord))


@every_one
def test_its_bytes_are_read_as_todays_struct(struct: type[Stored]) -> None:
    found = decode_inbox(golden(struct))
    assert type(found) in get_args(InboxRecord)
    assert found == UPCASTERS[struct](sample(struct))


@every_one
def test_it_stays_closed_to_what_it_never_had(struct: type[Stored]) -> None:
    with pytest.raises(Malformed):
        decode_inbox(golden(struct).replace(b"}", b',"told":7}'))


@pytest.mark.parametrize("struct", [SystemSilentV1, SystemHeardV1])
def test_a_report_of_silence_without_what_its_watch_saw_is_else_the_same(struct: type[Stored]) -> None:
    kept: dict[str, Any] = asdict(sample(struct))
    assert asdict(decode_inbox(golden(struct))) == {**kept, "told": None}


@every_one
def test_what_it_became_is_written_in_todays_words(struct: type[Stored]) -> None:
    found = decode_inbox(golden(struct))
    assert tag_of(struct).encode() not in encode(found)
    assert decode_inbox(encode(found)) == found


def named_in(path: Path) -> Iterator[str]:
    """Superseded structs that a module names, in whatever way."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for name in (getattr(node, part, None) for part in ("id", "attr", "name")):
            if name in NAMES:
                yield str(name)


def test_nobody_makes_one() -> None:
    """Outside of the table nobody even knows them, and the table only reads them."""
    upcasts = Path(upcasting.__file__)
    assert set(named_in(upcasts)) == NAMES
    assert not {path for path in SERVICES.rglob("*.py") if path != upcasts and list(named_in(path))}
    called = {
        getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(upcasts.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert not called & NAMES

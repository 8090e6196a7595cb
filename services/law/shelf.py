"""The packs that this version ships, read once where a process is put together and passed in from there."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from services.law.pack import Law, Pack
from services.law.report_at_once import AtOncePack

PACKS = Path(__file__).parent / "packs"
AT_ONCE = "report_at_once/sh-2010.toml"
_DIGEST_CHARS = 16
T = TypeVar("T")
# What TOML that is none comes to: msgspec's own error, no UTF-8, a number or a nesting beyond all measure.
_NOT_READ = (ValueError, RecursionError)


class PackUnreadable(ValueError):
    """These bytes are no pack."""


class _Practice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    settle_s: int


def shipped(folder: Path = PACKS) -> Law:
    """Every pack of the folder, by id, and the practice beside them. Raises `PackUnreadable`."""
    practice = _read((folder / "practice.toml").read_bytes(), _Practice)
    files = sorted(path for path in folder.glob("*.toml") if path.stem != "practice")
    return Law(
        packs=tuple(read_pack(path.read_bytes()) for path in files),
        at_once=read_at_once((folder / AT_ONCE).read_bytes()),
        settle_us=practice.settle_s * 1_000_000,
    )


def read_at_once(value: bytes) -> AtOncePack:
    """A pack of report-at-once rules. Raises `PackUnreadable`."""
    return msgspec.structs.replace(_read(value, AtOncePack), digest=_digest(value))


def read_pack(value: bytes) -> Pack:
    """One pack; its digest is that of its bytes. Raises `PackUnreadable`."""
    return msgspec.structs.replace(_read(value, Pack), digest=_digest(value))


def _read(value: bytes, kind: type[T]) -> T:
    try:
        return msgspec.toml.decode(value, type=kind)
    except _NOT_READ as error:
        raise PackUnreadable(str(error)) from error


def _digest(value: bytes) -> str:
    return sha256(value).hexdigest()[:_DIGEST_CHARS]

"""A small file beside the spool: one line `CRC32 JSON`, so that a person can read it and damage is noticed.

Written anew and renamed into place: a crash leaves the one before.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from zlib import crc32

from services.ingest.adapters.file_spool import sync

if TYPE_CHECKING:
    from pathlib import Path

_MARK_BYTES = 9


class Damaged(Exception):
    """There is a file, and not what was written."""


def read_marked(path: Path) -> bytes | None:
    """The JSON in it, None where there is no file. Raises `Damaged`, or `OSError`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    value = content[_MARK_BYTES:]
    if content[:_MARK_BYTES] != _mark(value):
        raise Damaged(str(path))
    return value


def write_marked(path: Path, value: bytes) -> None:
    """Put it in place of what was there. Raises `OSError`: then that is still there."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(_mark(value) + value)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)


def _mark(value: bytes) -> bytes:
    return b"%08x " % crc32(value)

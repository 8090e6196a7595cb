"""The directory as this receiver last read it, in a file beside the spool, for a start while Kafka is away.

One line `CRC32 JSON`, written anew and renamed into place, so that a person can read it and a crash leaves the one
before. The keys in it are sealed as they are in the topic.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec
import structlog

from services.contracts.codec import NOT_READ
from services.contracts.directory import LineAssigned
from services.ingest.adapters.file_spool import sync

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CRC_BYTES = 8
_LINES = msgspec.json.Decoder(list[LineAssigned])


class DirectoryFile:
    """Written by the one receiver that holds the spool's lock."""

    def __init__(self, path: Path) -> None:
        """`path`: its folder is the spool's."""
        self._path = path

    def read(self) -> Sequence[LineAssigned] | None:
        """The lines; None: there is no file, or not one that holds."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        value = content[_CRC_BYTES + 1 :]
        try:
            if content[: _CRC_BYTES + 1] == _mark(value):
                return _LINES.decode(value)
        except NOT_READ:
            pass
        structlog.get_logger("ingest.directory").critical("remembered_directory_unreadable")
        return None

    def write(self, lines: Sequence[LineAssigned]) -> None:
        """Keep them in place of those before. Raises `OSError`: those before are still there."""
        value = msgspec.json.encode(lines)
        draft = self._path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(_mark(value) + value)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        sync(self._path.parent)


def _mark(value: bytes) -> bytes:
    return b"%08x " % crc32(value)

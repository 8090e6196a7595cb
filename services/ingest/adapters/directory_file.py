"""The directory as this receiver last read it, in a file beside the spool, for a start while Kafka is away.

The keys in it are sealed as they are in the topic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from services.contracts.codec import NOT_READ
from services.contracts.directory import LineAssigned
from services.ingest.adapters.marked_file import Damaged, read_marked, write_marked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LINES = msgspec.json.Decoder(list[LineAssigned])


class DirectoryFile:
    """Written by the one receiver that holds the spool's lock."""

    def __init__(self, path: Path) -> None:
        """`path`: its folder is the spool's."""
        self._path = path

    def read(self) -> Sequence[LineAssigned] | None:
        """The lines; None: there is no file, or not one that holds."""
        try:
            value = read_marked(self._path)
            return None if value is None else _LINES.decode(value)
        except (Damaged, *NOT_READ):
            structlog.get_logger("ingest.directory").critical("remembered_directory_unreadable")
            return None

    def write(self, lines: Sequence[LineAssigned]) -> None:
        """Keep them in place of those before. Raises `OSError`: those before are still there."""
        write_marked(self._path, msgspec.json.encode(lines))

"""Which life of which receiver this is, in a file beside the spool: by it a watch knows whose digests are old (ADR 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from services.contracts.codec import NOT_READ
from services.ingest.adapters.marked_file import Damaged, read_marked, write_marked
from services.ingest.domain.heard import Life
from services.runtime.ids import uuid7

if TYPE_CHECKING:
    from pathlib import Path

_LIFE = msgspec.json.Decoder(Life)
_log = structlog.get_logger("ingest.life")


def begin_life(path: Path, now: int) -> Life:
    """The one after the life that the file names; a folder without one is a new receiver's. `now`: UTC microseconds.

    The numbers follow the clock where it goes on, so that a folder that was put back as it had been is not taken for
    what it was then. Where nothing can be written, this life is nobody's.
    """
    before = _read(path)
    life = Life(receiver=before.receiver or uuid7(), number=max(before.number + 1, now))
    try:
        write_marked(path, msgspec.json.encode(life))
    except OSError as error:
        _log.warning("life_not_kept", why=str(error))
        return Life()
    return life


def _read(path: Path) -> Life:
    try:
        value = read_marked(path)
        return Life() if value is None else _LIFE.decode(value)
    except (Damaged, OSError, *NOT_READ) as error:
        _log.warning("life_unreadable", why=str(error))
        return Life()

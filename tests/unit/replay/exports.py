"""Exports in memory."""

from __future__ import annotations

import io

from services.contracts.history import ExportHead, Verdict
from services.contracts.stored import Actor
from services.replay.adapters.zip_container import ZipBox, ZipExport
from services.replay.handlers.checking import check
from services.replay.handlers.exporting import Making, Stretch, export
from services.replay.handlers.room import ReadingRoom
from tests.unit.replay.past import INSPECTOR, T0

MAKING = Making(at=T0, by="xu", version="1.0")


async def exported(
    room: ReadingRoom, stretch: Stretch | None = None, person: Actor = INSPECTOR
) -> tuple[bytes, ExportHead]:
    """The container's bytes and the head to keep."""
    file = io.BytesIO()
    with ZipBox(file) as box:
        head = await export(room, person, stretch or Stretch(), MAKING, box)
    assert head is not None
    return file.getvalue(), head


def verdict(content: bytes, kept: ExportHead | None = None) -> Verdict:
    """What the check says of these bytes."""
    box = ZipExport(io.BytesIO(content))
    try:
        return check(box, kept)
    finally:
        box.close()

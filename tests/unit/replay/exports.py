"""Exports in memory."""

from __future__ import annotations

import io
from pathlib import Path

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


def laid_down(files: dict[str, bytes], folder: Path) -> Path:
    """An export as whoever unpacked it has it; the folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def verdict(content: bytes, kept: ExportHead | None = None) -> Verdict:
    """What the check says of these bytes."""
    box = ZipExport(io.BytesIO(content))
    try:
        return check(box, kept)
    finally:
        box.close()

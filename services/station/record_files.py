"""Exports as files: written whole or not at all, with the head beside them, and checked."""

from __future__ import annotations

import contextlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from services.contracts.history import Finding, Verdict
from services.replay.adapters.zip_container import ZipBox, ZipExport
from services.replay.handlers.checking import HeadUnreadable, check, check_against_log, read_head
from services.replay.handlers.exporting import Making, export, head_file
from services.replay.ports import ContainerDamaged
from services.runtime.clock import now_us
from services.station.errors import Misused, StationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.contracts.history import ExportHead
    from services.contracts.stored import Actor
    from services.replay.handlers.exporting import Stretch
    from services.replay.handlers.room import ReadingRoom


def head_beside(file: Path) -> Path:
    """Where the head of an export is written."""
    return file.with_name(file.name + ".head.json")


async def write_export(room: ReadingRoom, person: Actor, stretch: Stretch, file: Path) -> Verdict:
    """Write FILE and its head, and check what was written. Raises `StationError`; then nothing is left behind."""
    for wanted in (file, head_beside(file)):
        if wanted.exists():
            raise StationError(f"{wanted} is there already: choose another name")
    making = Making(at=now_us(), by=person.id, version=version("jiejing"))
    part = _begun(file.with_name(file.name + ".part"))
    try:
        with ZipBox(part) as box:
            head = await export(room, person, stretch, making, box)
        if head is None:
            raise StationError(f"the record holds no {stretch.kind} {stretch.about}")
        found = verify_export(part, None, head)
        head_beside(file).write_bytes(head_file(head))
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return found


def _begun(part: Path) -> Path:
    try:
        part.touch()
    except OSError as error:
        raise StationError(f"{part} cannot be written: {error.strerror}") from error
    return part


def verify_export(file: Path, head: Path | None, kept: ExportHead | None = None) -> Verdict:
    """What a check says; a damaged container is a finding of its own kind. Raises `Misused` for no such file."""
    if head is not None:
        kept = _read_head(head)
    try:
        with _opened(file) as box:
            return check(box, kept)
    except ContainerDamaged as error:
        return Verdict(ok=False, findings=(Finding(kind="container", detail=str(error)),), partitions=())


async def verify_with_log(room: ReadingRoom, file: Path, found: Verdict) -> Verdict:
    """The verdict after comparing with the log as well."""
    with _opened(file) as box:
        differences = tuple(await check_against_log(room, box))
    return msgspec.structs.replace(found, ok=not differences, findings=differences)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[ZipExport]:
    if not file.is_file():
        raise Misused(f"there is no file {file}")
    box = ZipExport(file)
    try:
        yield box
    finally:
        box.close()


def _read_head(head: Path) -> ExportHead:
    try:
        return read_head(head.read_bytes())
    except (OSError, HeadUnreadable) as error:
        raise Misused(f"{head} is no head that was kept: {error}") from error

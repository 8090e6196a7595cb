"""Exports of the record that come back from outside, and heads that were kept elsewhere."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from services.contracts.codec import encode
from services.contracts.history import Verdict
from services.eventsourcing.memory_event_log import MemoryEventLog
from services.replay.adapters.zip_container import ZipExport
from services.replay.domain.frame import read_line, written
from services.replay.handlers.checking import HeadUnreadable, check, read_head
from services.replay.handlers.room import ReadingRoom
from services.replay.ports import ContainerDamaged, OpenExport
from services.replay.verifier import verify
from tests.fuzz.files import folder
from tests.fuzz.law import Answered, Target, drawn, only
from tests.integration.replay.conftest import a_past
from tests.unit.replay.exports import exported, laid_down
from tests.unit.replay.past import Looks, Names, Vault

REPLACED = ("manifest.json", "head.json", "records/00.jsonl")
EDIT_BYTES = 4  # among what, two for the place, and what stands there from now on
RECORDS = 12
FEW = 2  # where it is the container that matters


class Export(NamedTuple):
    """A right one, and the head that was kept when it was made."""

    content: bytes
    files: dict[str, bytes]
    kept: bytes


@cache
def export(records: int = RECORDS) -> Export:
    """Of so many decisions."""
    log = MemoryEventLog()
    log.put(a_past(0, sites=1, records=records)[1][:records])
    room = ReadingRoom(lambda _: log, lambda _: log, 1, Names(), Vault({}), Looks())
    content, head = asyncio.run(exported(room))
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        return Export(content, {name: box.read(name) for name in box.namelist()}, encode(head))


class Unpacked:
    """`OpenExport` of files in memory."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def names(self) -> list[str]:
        """See the port."""
        return list(self._files)

    def whole(self, name: str) -> bytes:
        """See the port."""
        if name not in self._files:
            raise ContainerDamaged(f"{name} is missing")
        return self._files[name]

    def lines(self, name: str) -> Iterator[bytes]:
        """See the port."""
        return iter(io.BytesIO(self.whole(name)))


@cache
def place_of(which: int) -> Path:
    """A folder with the files of the right export, of which one is written anew for each input."""
    return laid_down(export().files, folder() / str(which))


@cache
def kept_head(records: int = RECORDS) -> Path:
    """The head that was kept, as a file."""
    path = folder() / f"kept-{records}.json"
    path.write_bytes(export(records).kept)
    return path


def verified(place: Path, head: Path) -> bool:
    """Whether the program in the export says that it holds. What it raises beside its own errors, a person would see."""
    try:
        return bool(verify.verify(place, head))
    except verify.Wrong:
        return False


def checked(box: OpenExport, kept: bytes) -> Verdict | None:
    """What the product itself says; None: it is damaged, or the head is none."""
    try:
        return check(box, read_head(kept))
    except (ContainerDamaged, HeadUnreadable):
        return None


def checked_container(content: bytes, kept: bytes) -> Verdict | None:
    """The same of one that is packed."""
    try:
        box = ZipExport(io.BytesIO(content))
    except ContainerDamaged:
        return None
    try:
        return checked(box, kept)
    finally:
        box.close()


def holds(by_verifier: bool, verdict: Verdict | None) -> bool:
    """Whether anybody says so. Whoever checks with us is told no less than who runs the verifier."""
    by_us = verdict is not None and verdict.ok
    assert by_verifier or not by_us
    return by_verifier


def unpacked(content: bytes) -> dict[str, list[bytes]]:
    """What anybody's tool may find under each name."""
    found: dict[str, list[bytes]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        for entry in box.infolist():
            found.setdefault(entry.filename, []).append(box.read(entry))
    return found


@cache
def packing() -> list[int]:
    """The places in the container that are of no file in it: what a zip says about them."""
    right = export(FEW)
    places = set(range(len(right.content)))
    for value in right.files.values():
        begin = right.content.index(value)
        places -= set(range(begin, begin + len(value)))
    return sorted(places)


def edited(edits: bytes) -> bytes:
    """The right container with these bytes in these places: three of four in the packing, which is little of it."""
    made = bytearray(export(FEW).content)
    for begin in range(0, len(edits) - EDIT_BYTES + 1, EDIT_BYTES):
        among = packing() if edits[begin] % 4 else range(len(made))
        made[among[int.from_bytes(edits[begin + 1 : begin + 3], "big") % len(among)]] = edits[begin + 3]
    return bytes(made)


def zip_law(data: bytes) -> None:
    """With the kept head, a container with other bytes holds only if every file in it is still the same."""
    right = export(FEW)
    content = edited(data)
    if content == right.content:
        raise Answered
    place = folder() / "export.zip"
    place.write_bytes(content)
    if holds(verified(place, kept_head(FEW)), checked_container(content, right.kept)):
        assert unpacked(content) == {name: [value] for name, value in right.files.items()}


def file_law(data: bytes) -> None:
    """With the kept head, an export holds only with the manifest and the records that it was made with."""
    which, data = drawn(data, len(REPLACED) + 1)
    right = export()
    files, kept, head, place = dict(right.files), right.kept, kept_head(), place_of(which)
    if which < len(REPLACED):
        files[REPLACED[which]] = data
        (place / REPLACED[which]).write_bytes(data)
    else:
        kept, head = data, folder() / "drawn.json"
        head.write_bytes(data)
    verdict = checked(Unpacked(files), kept)
    if holds(verified(place, head), verdict) and which < len(REPLACED) and REPLACED[which] != "head.json":
        assert data == right.files[REPLACED[which]]
    if verdict is not None:
        encode(verdict)


def line_law(data: bytes) -> None:
    """A line of an export has one spelling."""
    line = read_line(data)
    assert line is None or written(line) == data


def head_law(data: bytes) -> None:
    """A head that was kept, or `HeadUnreadable`."""
    with only(HeadUnreadable):
        head = read_head(data)
    assert read_head(encode(head)) == head


TARGETS = (
    Target("export_container", zip_law, 64),
    Target("export_file", file_law, 16_384),
    Target("export_line", line_law),
    Target("kept_head", head_law),
)

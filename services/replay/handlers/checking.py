"""The check of an export: the container, each partition in itself, against a head kept elsewhere, against the log."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from services.contracts.codec import NOT_READ
from services.contracts.history import ExportHead, ExportManifest, Finding, HistoryPosition, Verdict
from services.eventsourcing.ports import LogError
from services.replay.domain.check import PartitionCheck, unconfirmed
from services.replay.domain.frame import file_of, line_of, read_line
from services.replay.domain.history_page import PAGE
from services.replay.handlers.reading import records
from services.replay.ports import ContainerDamaged
from services.replay.verifier import NAME as VERIFIER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from services.contracts.history import CheckedPartition, ExportPartition
    from services.eventsourcing.ports import EventLog
    from services.replay.handlers.room import ReadingRoom
    from services.replay.ports import OpenExport

FIXED = frozenset({"manifest.json", "README.txt", "head.json"})
_TWO_HEADS = (
    "head.json in the export is not what the manifest and the records come to: one of them was altered"
)
NAMED = frozenset({VERIFIER, PAGE})  # there if the export's own head names them


class HeadUnreadable(ValueError):
    """The head file is none."""


class _Kept(msgspec.Struct):
    """Of an answer of GET /api/history there are only the first two."""

    at: int
    positions: tuple[HistoryPosition, ...]
    made_at: int = 0
    files: dict[str, str] = {}


def read_head(raw: bytes) -> ExportHead:
    """A head that was kept elsewhere: an export's head file, or an answer of GET /api/history. Raises `HeadUnreadable`."""
    try:
        kept = msgspec.json.decode(raw.decode(), type=_Kept)
    except NOT_READ as error:
        raise HeadUnreadable(str(error)) from error
    return ExportHead(made_at=kept.made_at, at=kept.at, positions=kept.positions, files=kept.files)


def check(box: OpenExport, kept: ExportHead | None = None) -> Verdict:
    """What is wrong with an export; a damaged container raises `ContainerDamaged`."""
    manifest, own = read_manifest(box), _own_head(box)
    _beside_hold(box, own)
    files = kept.files if kept is not None and kept.made_at == manifest.made_at else {}
    findings: list[Finding] = []
    checked: list[CheckedPartition] = []
    checks: list[PartitionCheck] = []
    for entry in manifest.partitions:
        found, one, counts = _partition(box, manifest, entry, kept, files)
        checks.append(one)
        checked.append(counts)
        findings += [found] if found is not None else []
    if not findings:
        found = _altered(box, manifest, files) or _says_otherwise(box, manifest, own, checks)
        findings += [found] if found is not None else []
    return Verdict(ok=not findings, findings=tuple(findings), partitions=tuple(checked))


def read_manifest(box: OpenExport) -> ExportManifest:
    """The manifest, and that exactly the files it names are there. Raises `ContainerDamaged`."""
    try:
        manifest = msgspec.json.decode(box.whole("manifest.json"), type=ExportManifest)
    except NOT_READ as error:
        raise ContainerDamaged(f"manifest.json cannot be read: {error}") from error
    named = [entry.file for entry in manifest.partitions]
    wrong = sorted({*named, *FIXED, *(NAMED & _own_head(box).files.keys())} ^ set(box.names()))
    if wrong:
        raise ContainerDamaged(f"{wrong[0]} is missing or does not belong here")
    if any(entry.file != file_of(entry.partition) for entry in manifest.partitions) or len(set(named)) < len(
        named
    ):
        raise ContainerDamaged("the manifest names a partition twice or by a strange file")
    return manifest


def _own_head(box: OpenExport) -> ExportHead:
    """The head that lies in the export itself: it says what was put in, and proves nothing against who made it."""
    try:
        return msgspec.json.decode(box.whole("head.json"), type=ExportHead)
    except NOT_READ as error:
        raise ContainerDamaged(f"head.json cannot be read: {error}") from error


def _beside_hold(box: OpenExport, own: ExportHead) -> None:
    """That what lies beside the records is as it was put in. Raises `ContainerDamaged`."""
    for name, stated in own.files.items():
        if not name.startswith("records/") and name != "manifest.json" and _hash(box.whole(name)) != stated:
            raise ContainerDamaged(f"{name} is not the file that was put in")


def _altered(box: OpenExport, manifest: ExportManifest, files: Mapping[str, str]) -> Finding | None:
    """The first file beside the records that is not the one of the head that was made with this very export."""
    there, records_of = set(box.names()), {entry.file for entry in manifest.partitions}
    beside = (name for name in files if name not in records_of)
    wrong = (name for name in beside if name not in there or _hash(box.whole(name)) != files[name])
    return next((_not_kept(name) for name in wrong), None)


def _says_otherwise(
    box: OpenExport, manifest: ExportManifest, own: ExportHead, checks: Sequence[PartitionCheck]
) -> Finding | None:
    """That the export's own head is not what its manifest and its records come to, though each holds by itself."""
    stated = {entry.file: entry.sha256 for entry in manifest.partitions}
    stated["manifest.json"] = _hash(box.whole("manifest.json"))
    at = manifest.made_at if manifest.end is None else manifest.end
    well = (
        (own.made_at, own.at, len(own.positions)) == (manifest.made_at, at, len(checks))
        and all(own.files.get(name) == digest for name, digest in stated.items())
        and not any(one.otherwise(position) for one, position in zip(checks, own.positions, strict=True))
    )
    return None if well else Finding(kind="container", detail=_TWO_HEADS)


def _partition(
    box: OpenExport,
    manifest: ExportManifest,
    entry: ExportPartition,
    kept: ExportHead | None,
    files: Mapping[str, str],
) -> tuple[Finding | None, PartitionCheck, CheckedPartition]:
    seen = hashlib.sha256()
    head = None if kept is None else next((p for p in kept.positions if p.partition == entry.partition), None)
    one = PartitionCheck(entry, head)
    found = one.run(_hashed(box.lines(entry.file), seen))
    if found is None and kept is not None:
        found = unconfirmed(manifest, entry, head, kept.at)
    if found is None and seen.hexdigest() != entry.sha256:
        detail = f"{entry.file} has the SHA-256 {seen.hexdigest()}, not the one in the manifest"
        found = Finding(kind="container", partition=entry.partition, detail=detail)
    if found is None and files.get(entry.file, entry.sha256) != entry.sha256:
        found = _not_kept(entry.file, entry.partition)
    whole = found is None and files.get(entry.file) == entry.sha256
    return found, one, msgspec.structs.replace(one.checked(), whole=whole)


def _hashed(lines: Iterator[bytes], seen: hashlib._Hash) -> Iterator[bytes]:
    for line in lines:
        seen.update(line)
        yield line


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _not_kept(name: str, partition: int | None = None) -> Finding:
    return Finding(
        kind="head", partition=partition, detail=f"{name} is not the file that this head was made with"
    )


async def check_against_log(room: ReadingRoom, box: OpenExport) -> list[Finding]:
    """Where an export that holds in itself differs from the log, the first place of each partition."""
    found: list[Finding] = []
    for entry in read_manifest(box).partitions:
        log = room.logs(entry.partition)
        try:
            one = await _differs(room, log, entry, box.lines(entry.file))
        except LogError as error:
            one = Finding(kind="log", partition=entry.partition, offset=entry.first, detail=str(error))
        finally:
            await log.close()
        found += [one] if one is not None else []
    return found


async def _differs(
    room: ReadingRoom, log: EventLog, entry: ExportPartition, lines: Iterator[bytes]
) -> Finding | None:
    if entry.first is None or entry.last is None:
        return None
    end = await log.end()
    if end <= entry.last:
        detail = f"the log ends at {end}, before the export does"
        return Finding(kind="log", partition=entry.partition, offset=end, detail=detail)
    async for batch in records(log, entry.first, entry.last + 1, room.breathe):
        for record in batch:
            line = read_line(next(lines, b""))
            if line is None or line != line_of(record.offset, record.value, withheld=line.value is None):
                detail = "the log has other bytes there"
                return Finding(kind="log", partition=entry.partition, offset=record.offset, detail=detail)
        room.say(entry.partition, batch[-1].offset + 1 - entry.first, entry.last + 1 - entry.first)
    return None

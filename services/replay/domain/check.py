"""The check of one partition of an export: the first thing that is wrong with it, and which record has it.

A record counts if and only if `lies_at` is its offset; a counting record names in `prev` the first 16 bytes of the
SHA-256 of the counting record before it. Whoever changes a record must change every one after it, up to the head:
that is why a head kept elsewhere finds what the export alone cannot.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from services.contracts.history import NO_HEAD_HEX, CheckedPartition, Finding
from services.replay.domain.frame import HEAD_HEX, read_line
from services.replay.domain.links import link_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.contracts.history import ExportLine, ExportManifest, ExportPartition, HistoryPosition
    from services.replay.domain.links import Link


class PartitionCheck:
    """Takes the lines in order; `kept`: the head that was kept elsewhere, if one is to be compared."""

    def __init__(self, entry: ExportPartition, kept: HistoryPosition | None = None) -> None:
        self._entry, self._kept = entry, kept
        self._head = entry.head_before
        self._next = entry.first
        self._newest = -1
        self._newest_time: int | None = None
        self._records = self._counting = self._withheld = 0
        self._last: int | None = None
        self._anchored = -1
        self._resumed: int | None = None  # where the log goes on from a copy, for the last time so far

    def run(self, lines: Iterable[bytes]) -> Finding | None:
        """The first thing wrong, if anything is."""
        for raw in lines:
            found = self._take(raw)
            if found is not None:
                return found
        return self._end()

    def checked(self) -> CheckedPartition:
        """How far it came."""
        return CheckedPartition(
            partition=self._entry.partition,
            records=self._records,
            counting=self._counting,
            first=self._entry.first if self._records else None,
            last=self._last,
            anchored=self._anchored,
            withheld=self._withheld,
        )

    def otherwise(self, stated: HistoryPosition) -> bool:
        """Whether a head that was made with the export says something else of this partition than its records do."""
        entry = self._entry
        if (stated.partition, stated.log_id, stated.head) != (entry.partition, entry.log_id, self._head):
            return True
        return self._counting > 0 and (
            stated.offset != self._newest or self._newest_time not in {None, stated.time}
        )

    def _take(self, raw: bytes) -> Finding | None:
        offset = self._next
        if offset is None or (self._entry.last is not None and offset > self._entry.last):
            return self._wrong("range", offset, "a record lies behind the range that the manifest states")
        line = read_line(raw)
        if line is None:
            return self._wrong("record", offset, "its line cannot be read, or is not spelt as exports are")
        if line.offset != offset:
            return self._wrong("gap", offset, f"offset {line.offset} stands where {offset} must stand")
        found = self._record(line)
        if found is None:
            self._records, self._last, self._next = self._records + 1, offset, offset + 1
        return found

    def _record(self, line: ExportLine) -> Finding | None:
        if line.value is None:
            return self._unseen(line)
        digest = hashlib.sha256(line.value).hexdigest()
        if digest != line.sha256:
            return self._wrong(
                "record", line.offset, f"its bytes have the SHA-256 {digest}, not the one stated"
            )
        link = link_of(line.value)
        if link is None:
            return self._wrong("record", line.offset, "it is no decision")
        if line.counts != (link.lies_at == line.offset):
            detail = f"it says that it lies at {link.lies_at}, and that is not what `counts` states"
            return self._wrong("record", line.offset, detail)
        if line.counts and link.resumes:
            self._resumed = line.offset
        return self._counted(line, link) if line.counts else self._anchor(line)

    def _counted(self, line: ExportLine, link: Link) -> Finding | None:
        if link.prev.hex() != self._head:
            before = "the head before the export" if self._newest < 0 else f"record {self._newest}"
            detail = f"it continues {link.prev.hex()}, but {before} is {self._head}"
            return self._wrong("chain", line.offset, detail)
        return self._count(line, link.time)

    def _unseen(self, line: ExportLine) -> Finding | None:
        """A record that is withheld: its digest carries the chain on, what it continues is not to be seen."""
        self._withheld += 1
        return self._count(line, None) if line.counts else self._anchor(line)

    def _count(self, line: ExportLine, time: int | None) -> Finding | None:
        self._head, self._newest, self._newest_time = line.sha256[:HEAD_HEX], line.offset, time
        self._counting += 1
        return self._anchor(line)

    def _anchor(self, line: ExportLine) -> Finding | None:
        kept = self._kept
        if kept is None or kept.offset != line.offset:
            return None
        if not line.counts or kept.head != line.sha256[:HEAD_HEX]:
            detail = (
                f"the head kept elsewhere is {kept.head}, this record's digest is {line.sha256[:HEAD_HEX]}"
            )
            return self._wrong("head", line.offset, detail + self._lost())
        self._anchored = line.offset
        return None

    def _lost(self) -> str:
        """Where the log went on from a copy, the head may be of the part that was lost."""
        if self._resumed is None:
            return ""
        return (
            f"; the log went on from a copy at offset {self._resumed}, so it may be of the part that was lost"
        )

    def _end(self) -> Finding | None:
        entry = self._entry
        if self._last != entry.last:
            return self._wrong(
                "gap", self._next, f"the export ends before it; the manifest states {entry.last}"
            )
        if (self._records, self._counting) != (
            entry.records,
            entry.counting,
        ) or self._head != entry.head_after:
            detail = f"{self._records} records, {self._counting} counting, head {self._head}: not as the manifest states"
            return self._wrong("range", self._last, detail)
        if entry.first == 0 and entry.head_before != NO_HEAD_HEX:
            return self._wrong("chain", 0, "nothing can lie before offset 0")
        return self._unanchored()

    def _unanchored(self) -> Finding | None:
        kept, last = self._kept, self._last
        if kept is None or last is None or self._anchored >= 0:
            return None
        if kept.offset > last:
            detail = (
                f"the export ends at {last}, the head kept elsewhere lies at {kept.offset}:"
                f" the export was cut, or the head is younger (then compare with the log itself){self._lost()}"
            )
            return self._wrong("head", last + 1, detail)
        detail = (
            f"the head kept elsewhere lies at {kept.offset}, before the export: it confirms nothing in it"
        )
        return self._wrong("head", self._entry.first, detail)

    def _wrong(self, kind: str, offset: int | None, detail: str) -> Finding:
        return Finding(kind=kind, partition=self._entry.partition, offset=offset, detail=detail)


def unconfirmed(
    manifest: ExportManifest, entry: ExportPartition, kept: HistoryPosition | None, at: int
) -> Finding | None:
    """Why the head kept elsewhere cannot confirm this partition, `at` being the time up to which it is the newest.

    A partition with nothing in its range is confirmed by a head that was the newest at the range's end, lies in
    front of the range, and is the one that the manifest states.
    """
    detail = ""
    if kept is None:
        detail = "nothing of this partition was kept elsewhere"
    elif kept.log_id != entry.log_id:
        detail = f"the head kept elsewhere is of the log {kept.log_id}, this is {entry.log_id}"
    elif entry.first is None:
        end = manifest.made_at if manifest.end is None else manifest.end
        before = manifest.begin is None or kept.time < manifest.begin
        if not (before and at >= end and kept.head == entry.head_after):
            detail = "nothing of this partition is in the export, and the head kept elsewhere does not confirm that"
    where = entry.first if kept is None or entry.first is not None else kept.offset
    return Finding(kind="head", partition=entry.partition, offset=where, detail=detail) if detail else None

"""How an export writes records: one line of JSON each, the value in base64 (docs/adr/0007).

A line has one form only: what decodes to the same but is spelt otherwise is not accepted.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from services.contracts.codec import DIGEST_BYTES, NOT_READ
from services.contracts.history import NO_HEAD_HEX, ExportLine, ExportPartition, HistoryPosition
from services.replay.domain.links import link_of

if TYPE_CHECKING:
    from services.eventsourcing.ports import Record

HEAD_HEX = 2 * DIGEST_BYTES
_LINE = msgspec.json.Decoder(ExportLine)


def line_of(offset: int, value: bytes, *, withheld: bool = False) -> ExportLine:
    """The record as a line; `withheld`: without its value."""
    link = link_of(value)
    counts = link is not None and link.lies_at == offset
    digest = hashlib.sha256(value).hexdigest()
    return ExportLine(offset=offset, counts=counts, sha256=digest, value=None if withheld else value)


def written(line: ExportLine) -> bytes:
    """The bytes of a line."""
    return msgspec.json.encode(line) + b"\n"


def read_line(raw: bytes) -> ExportLine | None:
    """The line, or None when these bytes are not exactly what `written` makes."""
    try:
        line = _LINE.decode(raw)
    except NOT_READ:
        return None
    return line if written(line) == raw else None


def file_of(partition: int) -> str:
    """Where a partition's records lie in the container."""
    return f"records/{partition:02}.jsonl"


class Writing:
    """What is known of a partition's records while they are written."""

    def __init__(self, partition: int, log_id: str, before: HistoryPosition) -> None:
        """`before`: the newest counting record in front of the range."""
        self._partition, self._log_id, self._before = partition, log_id, before
        self._newest = before
        self._first: int | None = None
        self._last: int | None = None
        self._records = self._counting = self._withheld = self._bytes = 0
        self._codes: dict[str, None] = {}
        self._hash = hashlib.sha256()

    def add(self, record: Record, *, withheld: bool = False) -> bytes:
        """The bytes that go into the file for this record."""
        line = line_of(record.offset, record.value, withheld=withheld)
        self._first = record.offset if self._first is None else self._first
        self._last = record.offset
        self._records += 1
        self._withheld += withheld
        if line.counts:
            self._count(line, record.value)
        raw = written(line)
        self._hash.update(raw)
        self._bytes += len(raw)
        return raw

    def _count(self, line: ExportLine, value: bytes) -> None:
        link = link_of(value)
        assert link is not None
        self._counting += 1
        self._codes[link.code] = None
        self._newest = HistoryPosition(
            partition=self._partition,
            log_id=self._log_id,
            offset=line.offset,
            head=line.sha256[:HEAD_HEX],
            time=link.time,
        )

    def position(self) -> HistoryPosition:
        """The newest counting record up to the end of the range: what is kept elsewhere."""
        return self._newest

    def entry(self) -> ExportPartition:
        """For the manifest."""
        return ExportPartition(
            partition=self._partition,
            log_id=self._log_id,
            first=self._first,
            last=self._last,
            head_before=self._before.head,
            head_after=self._newest.head,
            records=self._records,
            counting=self._counting,
            junk=self._records - self._counting,
            withheld=self._withheld,
            codes=tuple(self._codes),
            file=file_of(self._partition),
            bytes=self._bytes,
            sha256=self._hash.hexdigest(),
        )


def nothing_before(partition: int, log_id: str) -> HistoryPosition:
    """In front of offset 0."""
    return HistoryPosition(partition=partition, log_id=log_id, offset=-1, head=NO_HEAD_HEX, time=0)

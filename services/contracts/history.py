"""The past as it is told, and what an export of the record looks like.

Heads and digests are lowercase hexadecimal here, as every tool prints them. Times are UTC microseconds.
"""

from __future__ import annotations

from typing import Any

import msgspec

from services.contracts.stored import Stored
from services.contracts.views import AlarmView, EscalationView

NO_HEAD_HEX = "0" * 32


class HistoryPosition(Stored, frozen=True, kw_only=True):
    """The newest counting decision of a partition that was folded; -1: none. `head`: its digest."""

    partition: int
    log_id: str
    offset: int
    head: str
    time: int


class History(Stored, frozen=True, kw_only=True):
    """What the record said at an instant, to this person. `hash`: see docs/proof.md."""

    at: int
    positions: tuple[HistoryPosition, ...]
    alarms: tuple[AlarmView, ...]
    escalations: tuple[EscalationView, ...]
    hash: str


class RecordSource(Stored, frozen=True, kw_only=True):
    """The inbox record that was decided. `hash`: the first 16 bytes of its SHA-256."""

    offset: int
    hash: str


class RecordRow(Stored, frozen=True, kw_only=True):
    """One event of the record, or one answer without an event (then `type` is the answer's and `event` null).

    Text that its reader may not read, or whose key was erased, is shown as a black bar: that it was there is told.
    """

    partition: int
    offset: int
    time: int
    type: str
    event: dict[str, Any] | None
    by: str | None
    prev: str
    digest: str
    source: RecordSource
    answer: dict[str, Any]


class AlarmRecord(Stored, frozen=True, kw_only=True):
    """Everything that the record holds of one alarm, in its order; `alarm`: how it stands now."""

    alarm: AlarmView | None
    records: tuple[RecordRow, ...]


class RecordReason(Stored, frozen=True, kw_only=True):
    """What one decision about an alarm was decided on. `code`: the version of the code that decided.

    `source`: the inbox record as it lies there (null: it cannot be read); `source_holds`: whether it still has the
    hash that the decision names.
    """

    rows: tuple[RecordRow, ...]
    code: str
    source: dict[str, Any] | None
    source_holds: bool


class ExportLine(Stored, frozen=True, kw_only=True):
    """One line of `records/PP.jsonl`: a record of the log exactly as it lies there, junk included.

    `value`: the record's bytes in base64; null where it is withheld, since whoever asked may not see that site.
    `sha256`: of these bytes. `counts`: whether `lies_at` is the offset.
    """

    offset: int
    counts: bool
    sha256: str
    value: bytes | None


class ExportPartition(Stored, frozen=True, kw_only=True):
    """What the export holds of one partition; `first` and `last` are null where nothing lies in its range.

    `head_before`: digest of the counting record before `first`; `head_after`: of the last one in the export.
    `codes`: the versions of the code that decided, in order of appearance. `sha256`: of the file.
    """

    partition: int
    log_id: str
    first: int | None
    last: int | None
    head_before: str
    head_after: str
    records: int
    counting: int
    junk: int
    withheld: int
    codes: tuple[str, ...]
    file: str
    bytes: int
    sha256: str


class ExportManifest(Stored, frozen=True, kw_only=True, tag="export.manifest.v1"):
    """`manifest.json` of an export. `begin` and `end`: partition time, both included.

    `alarm`, `interruption`: the one that the export is about, if it is about one.
    """

    made_at: int
    made_by: str
    made_with: str
    begin: int | None
    end: int | None
    alarm: str | None = None
    interruption: str | msgspec.UnsetType = (
        msgspec.UNSET
    )  # an older reader knows no such field: left out unless it says something
    partitions: tuple[ExportPartition, ...]


class ExportHead(Stored, frozen=True, kw_only=True, tag="export.head.v1"):
    """What is kept elsewhere: where the log stood, and (of an export) the SHA-256 of each file in it.

    `at`: the partition time up to which `positions` are the newest. An answer of GET /api/history serves as well:
    `at` and `positions` are all that is needed.
    """

    made_at: int
    at: int
    positions: tuple[HistoryPosition, ...]
    files: dict[str, str] = msgspec.field(default_factory=dict)


class Finding(Stored, frozen=True, kw_only=True):
    """What a check found wrong. `kind`: container, record, chain, gap, range, head or log.

    `partition` and `offset` name the record, where one can be named; `detail` says what is wrong with it.
    """

    kind: str
    partition: int | None = None
    offset: int | None = None
    detail: str


class CheckedPartition(Stored, frozen=True, kw_only=True):
    """One partition as checked. `anchored`: the offset up to which a head kept elsewhere confirms it; -1: none.

    `withheld`: records of which only the digest is there; `whole`: the file is byte for byte the one that the kept
    head was made with, so that what is withheld leaves no gap in the proof.
    """

    partition: int
    records: int
    counting: int
    first: int | None
    last: int | None
    anchored: int = -1
    withheld: int = 0
    whole: bool = False


class Verdict(Stored, frozen=True, kw_only=True):
    """What a check came to. `findings`: the first of each partition, in the order of the export."""

    ok: bool
    findings: tuple[Finding, ...]
    partitions: tuple[CheckedPartition, ...]

"""The form of an export is published: a file made today is read for ever, and is spelt as ever."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from services.contracts.history import (
    ExportHead,
    ExportLine,
    ExportManifest,
    ExportPartition,
    HistoryPosition,
)
from services.contracts.stored import Stored
from services.replay.domain.frame import read_line, written

GOLDEN = Path(__file__).parent / "golden"
HEAD = "00112233445566778899aabbccddeeff"
PARTITION = ExportPartition(
    partition=3,
    log_id="01890000-0000-7000-8000-0000000000ff",
    first=12,
    last=14,
    head_before=HEAD,
    head_after=HEAD,
    records=3,
    counting=2,
    junk=1,
    withheld=1,
    codes=("0.1.0", "0.2.0"),
    file="records/03.jsonl",
    bytes=512,
    sha256=HEAD * 2,
)
POSITION = HistoryPosition(
    partition=3, log_id=PARTITION.log_id, offset=14, head=HEAD, time=1_800_000_000_000_000
)
FORMS: dict[str, Stored] = {
    "export.manifest.v1": ExportManifest(
        made_at=1_800_000_000_000_000,
        made_by="01890000-0000-7000-8000-0000000000aa",
        made_with="0.1.0",
        begin=1_799_999_000_000_000,
        end=None,
        partitions=(PARTITION,),
    ),
    "export.manifest.v1.of_an_interruption": ExportManifest(
        made_at=1_800_000_000_000_000,
        made_by="01890000-0000-7000-8000-0000000000aa",
        made_with="0.1.0",
        begin=None,
        end=None,
        interruption="0189f3a2-0000-7000-8000-00000000000a",
        partitions=(PARTITION,),
    ),
    "export.head.v1": ExportHead(
        made_at=1_800_000_000_000_000,
        at=1_799_999_500_000_000,
        positions=(POSITION,),
        files={PARTITION.file: HEAD * 2},
    ),
}
LINES = (
    ExportLine(offset=12, counts=True, sha256=HEAD * 2, value=b'{"type":"decision.v1"}'),
    ExportLine(offset=13, counts=True, sha256=HEAD * 2, value=None),
    ExportLine(offset=14, counts=False, sha256=HEAD * 2, value=b""),
)


@pytest.mark.parametrize("tag", FORMS)
def test_it_is_stored_as_ever(tag: str) -> None:
    golden = (GOLDEN / f"{tag}.json").read_bytes()
    assert msgspec.json.encode(FORMS[tag]) == golden
    assert msgspec.json.decode(golden, type=type(FORMS[tag])) == FORMS[tag]


def test_lines_are_spelt_as_ever() -> None:
    golden = (GOLDEN / "records.jsonl").read_bytes()
    assert b"".join(map(written, LINES)) == golden
    assert tuple(map(read_line, golden.splitlines(keepends=True))) == LINES

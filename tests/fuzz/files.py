"""What lies in files: the spool, the directory beside it, snapshots, sealed texts, settings and rule packs."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from services.alarm_router.domain.snapshot import SnapshotUnreadable, freeze, thaw
from services.contracts.codec import digest, encode
from services.contracts.stored import Sealed
from services.ingest.adapters.directory_file import DirectoryFile
from services.ingest.domain.spool_lines import read, written
from services.law.pack import Law
from services.law.shelf import PackUnreadable, read_at_once, read_pack
from services.runtime.sealing import seal, unseal
from services.runtime.settings import Settings
from services.runtime.settings_file import WrongSetting, read_file
from tests.fuzz.law import Answered, Target, drawn, only

TEXT, NAME, SECRET = "一段文字 a text", "k1", bytes(range(32))
KNOWN = frozenset(Settings.model_fields)


@cache
def folder() -> Path:
    """One for this process, in memory where the machine has such a place."""
    place = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(prefix="jiejing-fuzz-", dir=place if place.is_dir() else None))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@cache
def box() -> bytes:
    """A text that was sealed."""
    return seal(NAME, SECRET, TEXT).box


def spool_law(data: bytes) -> None:
    """Every byte is of a signal, of damage or of a torn end; signals are written and read again as they are."""
    found = read(data)
    assert len(found.signals) + found.damaged <= data.count(b"\n") + 1
    assert found.torn <= len(data)
    again = read(written(found.signals))
    assert (again.signals, again.damaged, again.torn) == (found.signals, 0, 0)


def directory_law(data: bytes) -> None:
    """The lines as they were written, or None; never an error, or a receiver would not start without Kafka."""
    path = folder() / "directory"
    path.write_bytes(data)
    lines = DirectoryFile(path).read()
    if lines is None:
        raise Answered
    DirectoryFile(path).write(lines)
    assert DirectoryFile(path).read() == lines


def snapshot_law(data: bytes) -> None:
    """A state that freezes to the same again, or `SnapshotUnreadable`; with its digest and without."""
    how, packed = drawn(data, 2)
    if how:
        packed += digest(packed)
    with only(SnapshotUnreadable):
        state = thaw((packed,), Law())
    frozen = freeze(state)
    assert thaw(frozen, Law()) == state


def sealed_law(data: bytes) -> None:
    """A box opens if and only if not a byte of it is another; the input is pairs of a place and what is done there."""
    right = box()
    changed = bytearray(right)
    for at, what in zip(data[::2], data[1::2], strict=False):
        changed[at % len(right)] ^= what
    try:
        said = unseal(SECRET, Sealed(key=NAME, box=bytes(changed)[: len(right) - len(data) % 2]))
    except ValueError as error:
        assert changed != right or len(data) % 2
        raise Answered from error
    assert (said, bytes(changed), len(data) % 2) == (TEXT, right, 0)


def settings_law(data: bytes) -> None:
    """Known keys, or `WrongSetting` with what is wrong and where."""
    path = folder() / "jiejing.toml"
    path.write_bytes(data)
    with only(WrongSetting):
        assert read_file(path, KNOWN).keys() <= KNOWN


def pack_law(data: bytes) -> None:
    """A pack that names its bytes, or `PackUnreadable`."""
    how, data = drawn(data, 2)
    with only(PackUnreadable):
        pack = read_at_once(data) if how else read_pack(data)
    assert pack.digest
    encode(pack)


TARGETS = (
    Target("spool_segment", spool_law),
    Target("directory_file", directory_law),
    Target("snapshot", snapshot_law, 16_384),
    Target("sealed_text", sealed_law, 256),
    Target("settings_file", settings_law, 5000),
    Target("rule_pack", pack_law, 5000),
)

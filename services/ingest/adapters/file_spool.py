"""The spool in a folder: numbered segments of lines, each write followed by one fsync that all who wait share.

A segment is written by one run only, and closed before it is read. The files are worked on by one thread, so that
the loop never waits for the disk and the order of calls is the order on disk.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypedDict, TypeVar

import msgspec
import structlog

from services.ingest.domain.spool_lines import lines_in, read, written
from services.ingest.ports import AppendFailed, Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from services.ingest.ports import Signal

T = TypeVar("T")
SEGMENT_BYTES = 4 << 20
MAX_BYTES = 2 << 30  # a day at 50 signals a second; the disk is Kafka's and PostgreSQL's too
_ENDING, _ASIDE = ".spool", ".damaged"
# What this process or this machine lacks just now; it says nothing of the file.
_PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EINTR})
_log = structlog.get_logger("ingest.spool")


class SpoolTaken(Exception):
    """Another receiver has this folder."""


class _Part(msgspec.Struct):
    """What is known of a segment without reading it again."""

    count: int = 0
    size: int = 0
    damaged: bool = False


class _Call(msgspec.Struct, eq=False):
    """Signals to be kept, and how that ended."""

    lines: bytes
    count: int
    failure: Exception | None = None


class FileSpool:
    """`Spool` in a folder of this receiver's own."""

    def __init__(
        self, folder: Path, *, max_bytes: int = MAX_BYTES, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        """Take note of what an earlier run left there. Raises `SpoolTaken`, or `OSError`."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._segment_bytes = segment_bytes
        self._calls: deque[_Call] = deque()
        self._file: int | None = None  # of the newest segment, while it is open
        self._staying: dict[int, _Part] = {}  # forgotten, and the disk does not let go of them
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _locked(folder / "lock")
        self._parts = {int(path.stem): _part(path) for path in sorted(folder.glob(f"*{_ENDING}"))}
        aside = (int(path.stem) for path in folder.glob(f"*{_ASIDE}"))
        self._newest = max((*self._parts, *aside), default=0)
        self._thread = ThreadPoolExecutor(1, "spool")

    @property
    def waiting(self) -> int:
        """See the port."""
        return sum(part.count for part in tuple(self._parts.values()))

    @property
    def size(self) -> int:
        """See the port."""
        return sum(part.size for part in tuple(self._parts.values()))

    async def keep(self, signals: Sequence[Signal]) -> None:
        """See the port."""
        call = _Call(written(signals), len(signals))
        self._calls.append(call)
        await self._apart(self._flush)
        if call.failure is not None:
            msg = f"the spool did not take the records: {call.failure}"
            raise AppendFailed(msg) from call.failure

    async def oldest(self) -> Segment | None:
        """See the port."""
        return await self._apart(self._read_oldest)

    async def forget(self, segment: Segment) -> None:
        """See the port."""
        await self._apart(lambda: self._drop(segment))

    def close(self) -> None:
        """Let go of the files; what waits there is for the next run."""
        self._thread.shutdown()
        self._seal()
        os.close(self._lock)

    async def _apart(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _flush(self) -> None:
        """Write what all who wait want kept, with one fsync."""
        calls: list[_Call] = []
        while self._calls:
            calls.append(self._calls.popleft())
        if not calls:
            return
        lines = b"".join(call.lines for call in calls)
        try:
            self._write(lines, sum(call.count for call in calls))
        except OSError as error:
            self._give_up()
            for call in calls:
                call.failure = error

    def _write(self, lines: bytes, count: int) -> None:
        held = self.size + sum(part.size for part in self._staying.values())
        if held + len(lines) > self._max_bytes:
            msg = f"{self._folder} holds {held} bytes, and may hold {self._max_bytes}"
            raise OSError(msg)
        file = self._open()
        at = 0
        while at < len(lines):
            at += os.write(file, lines[at:])
        os.fdatasync(file)
        part = self._parts[self._newest]
        part.count += count
        part.size += len(lines)
        if part.size >= self._segment_bytes:
            self._seal()

    def _open(self) -> int:
        """The newest segment, or a new one, whose name is on disk as well."""
        if self._file is None:
            number = self._newest + 1
            self._file = os.open(
                self._path(number), os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY, 0o600
            )
            self._newest = number
            self._parts[number] = _Part()
            sync(self._folder)
        return self._file

    def _give_up(self) -> None:
        """After a failure nobody knows what of the file is on disk: it takes nothing more in."""
        if self._file is None:
            return
        part = self._parts[self._newest]
        with suppress(OSError):
            os.ftruncate(self._file, part.size)
        self._seal()
        if part.size == 0:
            del self._parts[self._newest]
            with suppress(OSError):
                self._path(self._newest).unlink()

    def _seal(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None

    def _read_oldest(self) -> Segment | None:
        if not self._parts:
            return None
        number = min(self._parts)
        if number == self._newest:
            self._seal()
        try:
            found = read(self._path(number).read_bytes())
        except OSError as error:
            if error.errno in _PASSING:
                msg = f"the spool cannot be read now: {error}"
                raise AppendFailed(msg) from error
            _log.critical("spool_unreadable", segment=number, error=repr(error))
            return Segment(number=number, signals=(), damaged=max(1, self._parts[number].count))
        if found.torn:
            _log.warning("spool_tail_cut", segment=number, bytes=found.torn)
        return Segment(number=number, signals=found.signals, damaged=found.damaged)

    def _drop(self, segment: Segment) -> None:
        """From memory; what the disk does not let go of is tried again with the next one."""
        part = self._staying[segment.number] = self._parts.pop(segment.number)
        part.damaged = segment.damaged > 0
        for number in tuple(self._staying):
            try:
                self._take_away(number)
            except OSError as error:
                if number == segment.number:
                    _log.critical("spool_file_stays", segment=number, error=repr(error))
            else:
                del self._staying[number]

    def _take_away(self, number: int) -> None:
        path = self._path(number)
        with suppress(FileNotFoundError):
            if self._staying[number].damaged:
                path.rename(path.with_suffix(_ASIDE))
            else:
                path.unlink()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:010d}{_ENDING}"


class Seen(TypedDict):
    """A spool as anybody may see it. `damaged`: segments that were set aside, for a person."""

    signals: int
    bytes: int
    damaged: int


def look_into(folder: Path) -> Seen:
    """What waits in a spool that may be another process's; nothing where there is none."""
    parts = []
    for path in folder.glob(f"*{_ENDING}"):
        with suppress(FileNotFoundError):  # it was brought over meanwhile
            parts.append(_part(path))
    return Seen(
        signals=sum(part.count for part in parts),
        bytes=sum(part.size for part in parts),
        damaged=len(list(folder.glob(f"*{_ASIDE}"))),
    )


def _part(path: Path) -> _Part:
    content = path.read_bytes()
    return _Part(count=lines_in(content), size=len(content))


def _locked(path: Path) -> int:
    """Nothing is written into it: what an earlier run made does on a disk that is read-only by now."""
    lock = os.open(path, os.O_CREAT | os.O_RDONLY, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        msg = f"another receiver keeps its spool in {path.parent}"
        raise SpoolTaken(msg) from error
    return lock


def sync(folder: Path) -> None:
    """Have the names in the folder on disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

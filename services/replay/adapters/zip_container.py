"""`ExportBox` and `OpenExport` on a zip that any tool opens.

Stored, in a fixed order, without times: the same record makes the same bytes.
"""

from __future__ import annotations

import contextlib
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from services.replay.ports import ContainerDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

LINE_BYTES = 2_000_000  # a decision is at most 256 KB, in base64 a third more
FILE_BYTES = 8_000_000  # manifest and head
_PACKING = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # as we make it, and as people pack it again
_NO_TIME = (1980, 1, 1, 0, 0, 0)
# What `zipfile` raises about bytes that are not a whole zip; all of them say the same to us.
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError, OSError)


class TooLarge(Exception):
    """The export outgrew what its maker allows."""


class ZipBox:
    """Writes a container; leave it as a context to finish it. Raises `TooLarge` behind `most` bytes."""

    def __init__(self, file: Path | IO[bytes], *, most: int | None = None) -> None:
        """`file`: is created anew."""
        self._left = most
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._open: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._zip.close()

    def begin(self, name: str) -> None:
        """See the port."""
        self._end()
        entry = zipfile.ZipInfo(name, _NO_TIME)
        entry.create_system, entry.external_attr = 3, 0o100644 << 16
        self._open = self._zip.open(entry, "w", force_zip64=True)

    def add(self, raw: bytes) -> None:
        """See the port."""
        assert self._open is not None
        if self._left is not None:
            self._left -= len(raw)
            if self._left < 0:
                raise TooLarge
        self._open.write(raw)

    def _end(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


class ZipExport:
    """Reads a container. Raises `ContainerDamaged`, at once when the file is no zip or any of it is damaged."""

    def __init__(self, file: Path | IO[bytes]) -> None:
        with _as_damage("the file"):
            self._zip = zipfile.ZipFile(file)
            self._names = self._zip.namelist()
            if {one.compress_type for one in self._zip.infolist()} - _PACKING:
                raise ContainerDamaged("it is packed in a way that no export is")
            damaged = self._zip.testzip()
        if damaged is not None:
            raise ContainerDamaged(f"{damaged} is damaged: its checksum does not hold")
        if len(set(self._names)) != len(self._names):
            raise ContainerDamaged("a file lies in it twice")

    def names(self) -> Sequence[str]:
        """See the port."""
        return self._names

    def whole(self, name: str) -> bytes:
        """See the port."""
        with _as_damage(name), self._member(name) as file:
            content = file.read(FILE_BYTES + 1)
        if len(content) > FILE_BYTES:
            raise ContainerDamaged(f"{name} is larger than such a file can be")
        return content

    def lines(self, name: str) -> Iterator[bytes]:
        """See the port."""
        with _as_damage(name), self._member(name) as file:
            while line := file.readline(LINE_BYTES):
                yield line

    def close(self) -> None:
        """Release the file."""
        self._zip.close()

    def _member(self, name: str) -> IO[bytes]:
        if name not in self._names:
            raise ContainerDamaged(f"{name} is missing")
        return self._zip.open(name)


@contextlib.contextmanager
def _as_damage(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise ContainerDamaged(f"{name} cannot be read: {error}") from error

"""AES keys of panels' lines, sealed with one key in the secrets folder.

They are not sealed with keys in PostgreSQL as free text is: receiving must be able to open them when nothing but
the data folder is there. Whoever backs up the register backs up this file too; without it every line's key must be
entered again, and until then encrypted panels are answered with DUH.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from services.runtime.sealing import KEY_BYTES, seal, unseal

if TYPE_CHECKING:
    from pathlib import Path

    from services.contracts.stored import Sealed

AES_BYTES = (16, 24, 32)


class LineKeys:
    """Seals and opens the keys of lines. A sealed key names the file's key, so that another one is noticed."""

    def __init__(self, path: Path) -> None:
        """`path`: `Settings.line_key_file`; made when missing. `name`: of its key. Raises ValueError when it holds none."""
        self._key = ensure_line_key(path)
        self.name = f"line_key/{sha256(self._key).hexdigest()[:16]}"

    def seal(self, written: str) -> Sealed:
        """A key as a person writes it: 32, 48 or 64 hexadecimal digits. Raises ValueError for anything else."""
        return seal(self.name, self._key, _aes_key(written).hex())

    def open(self, sealed: Sealed) -> bytes:
        """The AES key, 16, 24 or 32 bytes. Raises ValueError when this file's key did not seal it."""
        if sealed.key != self.name:
            msg = f"it was sealed with {sealed.key}, and this installation has {self.name}"
            raise ValueError(msg)
        return _aes_key(unseal(self._key, sealed))


def ensure_line_key(path: Path) -> bytes:
    """The key in this file, which is made, readable by its owner only, when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}.draft")
        descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_bytes(KEY_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the one
            path.hardlink_to(draft)
        draft.unlink()
    key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    if len(key) != KEY_BYTES:
        msg = f"{path} holds no key of {KEY_BYTES} bytes"
        raise ValueError(msg)
    return key


def _aes_key(written: str) -> bytes:
    try:
        key = bytes.fromhex(written)
    except ValueError:
        key = b""
    if len(key) not in AES_BYTES:
        msg = "an AES key is 32, 48 or 64 hexadecimal digits (AES-128, AES-192, AES-256)"
        raise ValueError(msg)
    return key

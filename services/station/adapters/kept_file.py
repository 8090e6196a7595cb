"""A small JSON file by which the parts of a station know each other: there whole, or not at all.

A rename alone is not enough: after a power cut the new name may stand over an empty file (ext4 and XFS write a file's
content after its name unless they are asked).
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def keep(path: Path, content: Mapping[str, object]) -> None:
    """As `write_whole`."""
    write_whole(path, json.dumps(content, indent=1) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write it for the owner only: it may carry passwords. Raises `OSError`: what was there before still is."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def kept(path: Path) -> dict[str, Any] | None:
    """What is there; None also where an older version, or a power cut, left it empty or torn."""
    with suppress(FileNotFoundError, ValueError):
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
    return None

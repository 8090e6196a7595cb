"""How a process says that it is ready, so that its supervisor need not ask over a socket.

A process writes `DIR/run/NAME.ready` with its process id. A file left by an earlier process names another id
and so says nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from services.runtime.settings import Settings


def _mark(settings: Settings, name: str) -> Path:
    return settings.run_dir / f"{name}.ready"


def mark_ready(settings: Settings, name: str) -> None:
    """Say that the process `name`, this one, does its work from now on."""
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    mark = _mark(settings, name)
    draft = mark.with_suffix(f".{os.getpid()}")
    draft.write_text(f"{os.getpid()}\n", encoding="ascii")
    draft.replace(mark)


def clear_ready(settings: Settings, name: str) -> None:
    """Forget what an earlier process said."""
    _mark(settings, name).unlink(missing_ok=True)


def is_ready(settings: Settings, name: str, pid: int) -> bool:
    """Whether the process `name` with this id has said that it is ready."""
    try:
        return _mark(settings, name).read_text(encoding="ascii").strip() == str(pid)
    except FileNotFoundError:
        return False

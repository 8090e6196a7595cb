"""Clocks of a station's processes, each of which can be set beside the machine's, which nobody touches."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from services.station.processes import WORKERS

MOVED = Path(__file__).parent / "moved_clock"
STEP_BYTES = 8  # nanoseconds, signed


class Clocks:
    """One file for each process, which it looks into whenever it asks for the time."""

    def __init__(self, folder: Path) -> None:
        """`folder`: made."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in WORKERS:
            (folder / name).write_bytes(bytes(STEP_BYTES))

    def environment(self) -> Mapping[str, str]:
        """What a process is told, so that it looks."""
        path = os.pathsep.join(filter(None, (str(MOVED), os.environ.get("PYTHONPATH"))))
        return {"PYTHONPATH": path, "CHAOS_CLOCKS": str(self._folder)}

    def step(self, names: Iterable[str], seconds: int) -> None:
        """Set these clocks so far ahead of the machine's, at once; 0 sets them right."""
        beside = (seconds * 1_000_000_000).to_bytes(STEP_BYTES, "little", signed=True)
        for name in names:
            with (self._folder / name).open("r+b") as file:
                file.write(beside)

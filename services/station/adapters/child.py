"""A program that the station runs, as a value: what is started, as whom, and how it is ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

Ready = Callable[[int], Awaitable[bool]]


async def always_ready(_: int) -> bool:
    """For a program whose start is its readiness."""
    return True


@dataclass(frozen=True, kw_only=True)
class Child:
    """`directory` is handed over as an open descriptor and stands in `argv` as `{directory}`.

    A process that drops its user could not open a folder below one that is closed to others.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    ready: Ready = field(default=always_ready, compare=False)
    stop: signal.Signals = signal.SIGTERM
    user: int | None = None
    group: int | None = None
    directory: Path | None = None

    def start(self, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """Start it in a process group of its own, its output appended to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as opened:
            sink = output or opened.enter_context(self.log.open("ab"))
            handed = self._open_directory(opened)
            return subprocess.Popen(
                [part.replace("{directory}", f"/proc/self/fd/{handed}") for part in self.argv],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                cwd="/",
                process_group=0,
                user=self.user,
                group=self.group,
                extra_groups=[] if self.group is not None else None,
                pass_fds=() if handed is None else (handed,),
            )

    def _open_directory(self, opened: contextlib.ExitStack) -> int | None:
        if self.directory is None:
            return None
        handle = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        opened.callback(os.close, handle)
        return handle

"""Our end of the watchdog's pipe, and the list of children that a later start clears."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil
import structlog

from services.station.adapters import watchdog
from services.station.adapters.kept_file import keep, kept

if TYPE_CHECKING:
    from services.runtime.settings import Settings
    from services.station.adapters.child import Child


_CLOCK_TICK_SECONDS = 0.01


class Kept(NamedTuple):
    """A running child: its group is its process id; `started` tells it from a later process of that id."""

    name: str
    pid: int
    started: float
    stop: int


class Leash:
    """What is known of the children outside of this process: by the watchdog, and in `run/children.json`."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.run_dir / "children.json"
        self._data = str(settings.data_dir.resolve())
        self._kept: dict[str, Kept] = {}
        self._is_written = True
        self._watchdog = self._start()

    def take(self, child: Child, pid: int) -> None:
        """From now on the child dies when we die."""
        self._kept[child.name] = Kept(child.name, pid, _started(pid), int(child.stop))
        self._tell(f"+ {pid} {int(child.stop)}\n")
        self._write()

    def release(self, name: str) -> None:
        """The child is gone."""
        kept = self._kept.pop(name)
        self._tell(f"- {kept.pid}\n")
        self._write()

    def check(self) -> bool:
        """Whether the watchdog lived; a dead one is replaced and told everything again.

        What could not be written is tried again. Raises `OSError`: the system does not start another now.
        """
        if not self._is_written:
            self._write()
        if self._watchdog.poll() is None:
            return True
        dead, self._watchdog = self._watchdog, self._start()
        _hang_up(dead)
        for child in self._kept.values():
            self._tell(f"+ {child.pid} {child.stop}\n")
        return False

    def close(self) -> None:
        """Let the watchdog end; it ends what we did not."""
        _hang_up(self._watchdog)
        self._watchdog.wait(watchdog.GRACE_SECONDS + 2)

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(watchdog.__file__))],
            stdin=subprocess.PIPE, text=True, start_new_session=True, cwd="/",
        )  # fmt: skip

    def _tell(self, line: str) -> None:
        assert self._watchdog.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # `check` finds it dead and says everything again
            self._watchdog.stdin.write(line)
            self._watchdog.stdin.flush()

    def _write(self) -> None:
        """What cannot be written (a full disk) stays as it was until the next try; the watchdog knows them all."""
        was_written, self._is_written = self._is_written, True
        try:
            children = [one._asdict() for one in self._kept.values()]
            keep(self._file, {"data": self._data, "children": children})
        except OSError as problem:
            self._is_written = False
            if was_written:
                structlog.get_logger("station").error("children_not_written", error=repr(problem))


def _hang_up(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


def clear_leftovers(settings: Settings) -> list[str]:
    """End what a dead station of this very folder left behind; the names that were still there.

    A copy of a data folder carries another path, and so ends nothing of the original.
    """
    alive = running_children(settings)
    watchdog.end({kept.pid: kept.stop for kept in alive})
    (settings.run_dir / "children.json").unlink(missing_ok=True)
    return [kept.name for kept in alive]


def running_children(settings: Settings) -> list[Kept]:
    """Who of this very folder's children is alive."""
    noted = kept(settings.run_dir / "children.json")
    if noted is None or noted["data"] != str(settings.data_dir.resolve()):
        return []
    return [one for one in (Kept(**child) for child in noted["children"]) if _is_running(one)]


def _started(pid: int) -> float:
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return 0.0


def _is_running(kept: Kept) -> bool:
    return kept.started != 0.0 and abs(_started(kept.pid) - kept.started) < _CLOCK_TICK_SECONDS

"""The data folder as a whole: who holds it, whether there is space, and what it tells outsiders."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from typing import TYPE_CHECKING

from services.station.adapters.kept_file import keep, kept
from services.station.errors import StationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from services.runtime.settings import Settings

# A broker and a database that run out of space lose acknowledged work; a start needs less than this.
NEEDED_BYTES = 512 * 1024 * 1024
RESTORING = "restore-unfinished"


def there_already(settings: Settings) -> Path:
    """The data folder, or the nearest one above it that exists."""
    return next(one for one in (settings.data_dir, *settings.data_dir.parents) if one.exists())


def check_space(settings: Settings, needed: int = NEEDED_BYTES) -> None:
    """Raise `StationError` before anything is started on a disk that is nearly full."""
    free = shutil.disk_usage(there_already(settings)).free
    if free < needed:
        message = (
            f"only {free // 1_048_576} MB are free for {settings.data_dir} and {needed // 1_048_576} MB are needed: "
            "make space or choose another folder with --data"
        )
        raise StationError(message)


def make_folders(settings: Settings) -> None:
    """Open to nobody else, but passable: PostgreSQL may run as another user. Raises `StationError`."""
    if (settings.data_dir / RESTORING).exists():
        message = (
            f"a restore into {settings.data_dir} was broken off: delete what is in it but `secrets` and "
            "`jiejing.toml`, and restore again"
        )
        raise StationError(message)
    try:
        for folder in (settings.data_dir, settings.run_dir, settings.logs_dir):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        message = (
            f"cannot write to {settings.data_dir} ({problem.strerror}): choose another folder with --data"
        )
        raise StationError(message) from problem


def begin_restore(settings: Settings) -> None:
    """From here on the folder is of no use to anybody until `end_restore`."""
    (settings.data_dir / RESTORING).touch(mode=0o600)


def end_restore(settings: Settings) -> None:
    """All of it is there."""
    (settings.data_dir / RESTORING).unlink()


@contextlib.contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Hold the folder; the system lets go of it however we end."""
    with (settings.run_dir / "lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            message = f"{settings.data_dir} is in use by another `jiejing up`: stop that one or choose another --data"
            raise StationError(message) from problem
        yield


def is_held(settings: Settings) -> bool:
    """Whether a station runs on this folder."""
    lock = settings.run_dir / "lock"
    if not lock.exists():
        return False
    with lock.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def write_run_file(settings: Settings, name: str, content: Mapping[str, object]) -> None:
    """A file under `run/` appears whole and is for the owner only: it may carry passwords."""
    keep(settings.run_dir / name, content)


def read_run_file(settings: Settings, name: str) -> dict[str, object] | None:
    """What a running station wrote, if any."""
    return kept(settings.run_dir / name)


def named_or_running(settings: Settings, *names: str) -> Settings:
    """These addresses as given, else those of the station that runs on the folder. Raises `StationError`."""
    missing = [name for name in names if name not in settings.model_fields_set]
    if not missing:
        return settings
    running = read_run_file(settings, "endpoints.json")
    if running is None:
        options = " and ".join(f"--{name}" for name in missing)
        message = f"nothing runs on {settings.data_dir}: start it with `jiejing up` or give {options}"
        raise StationError(message)
    return settings.model_copy(update={name: str(running[name]) for name in missing})


def remove_run_file(settings: Settings, name: str) -> None:
    """A file of an earlier start must not be taken for ours."""
    (settings.run_dir / name).unlink(missing_ok=True)

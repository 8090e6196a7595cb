"""A disk of its own, so small that it can be filled: a tmpfs, skipped where none may be mounted."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(at: Path, size: int) -> Iterator[Path]:
    """It lies at `at`, for `size` bytes, passable, and is gone behind this whoever still has a file of it open."""
    mount = shutil.which("mount") or shutil.which("mount", path=os.defpath)
    if mount is None:
        pytest.skip("no tmpfs may be mounted here: there is no mount")
    at.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={size},mode=0711", "tmpfs", str(at)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs may be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield at
    finally:
        subprocess.run([str(Path(mount).with_name("umount")), "--lazy", str(at)], check=True)

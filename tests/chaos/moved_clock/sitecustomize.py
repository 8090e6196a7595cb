"""What a process of a station under test takes for the time: the machine's, and a step beside it that stands in a file.

Python imports this before anything of the program, since its folder stands in PYTHONPATH; so whoever asks `time` for the
time of day asks here. The monotonic clock, which no step moves, is left alone. See `tests.chaos.the_clocks`.
"""

import mmap
import os
import sys
import time
from pathlib import Path


def _move(step: Path) -> None:
    with step.open("rb") as file:
        beside = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    machine_ns = time.time_ns

    def time_ns() -> int:
        return machine_ns() + int.from_bytes(beside[:], "little", signed=True)

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1_000_000_000


_step = Path(os.environ["CHAOS_CLOCKS"], sys.orig_argv[-1].lstrip("/"))
if _step.is_file():
    _move(_step)

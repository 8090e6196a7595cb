"""Ends every process group when the station dies, even by kill -9.

It stands alone at the end of a pipe, imports only what it needs, and learns by lines: `+ GROUP SIGNAL` and
`- GROUP`. When the pipe closes, which the system does however the station died, each group still known gets its
signal, and KILL after `GRACE_SECONDS`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_SECONDS = 6.0
_STEP_SECONDS = 0.05


def listen(lines: Iterable[str]) -> dict[int, int]:
    """The groups that are alive when the pipe ends, each with the signal that ends it."""
    groups: dict[int, int] = {}
    for line in lines:
        match line.split():
            case ["+", group, number]:
                groups[int(group)] = int(number)
            case ["-", group]:
                groups.pop(int(group), None)
            case _:
                continue  # a line cut by the death of its writer
    return groups


def send(group: int, number: int) -> bool:
    """Whether somebody of the group was there to get it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(groups: dict[int, int], grace: float = GRACE_SECONDS) -> None:
    """Ask, wait, then insist."""
    left = {group for group, number in groups.items() if send(group, number)}
    until = time.monotonic() + grace
    while left and time.monotonic() < until:
        time.sleep(_STEP_SECONDS)
        left = {group for group in left if send(group, 0)}
    for group in left:
        send(group, signal.SIGKILL)


def main() -> None:
    """Read until the station is gone. A terminal's Ctrl-C is for the station, not for us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end(listen(sys.stdin))


if __name__ == "__main__":
    main()

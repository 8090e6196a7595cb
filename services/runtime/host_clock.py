"""How far this host's clock is from its time source, as the kernel tells: adjtimex(2) without a change.

Asking needs no privilege. Some sandboxes do not let a process ask; then there is an `OSError` and nothing is known.
Rejected: asking a time server ourselves, since the police network is usually isolated and the host's own daemon
knows better.
"""

from __future__ import annotations

import ctypes
import os
import socket
from pathlib import Path
from typing import Final, NamedTuple

_STA_UNSYNC: Final = 0x0040
_STA_NANO: Final = 0x2000
_RESERVED_INTS: Final = 64  # more than any kernel writes
_CONTAINER_MARKS: Final = (Path("/.dockerenv"), Path("/run/.containerenv"), Path("/run/systemd/container"))


class Measured(NamedTuple):
    """Microseconds. `synchronised` is False where nothing disciplines the clock; then `offset_us` means nothing."""

    synchronised: bool
    offset_us: int
    error_us: int


class _Timex(ctypes.Structure):
    """The head of `struct timex`; the rest is room that the kernel may write to."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * _RESERVED_INTS),
    )


def measure() -> Measured:
    """Ask the kernel. Raises `OSError` where there is no such call or it is forbidden."""
    adjtimex = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    if adjtimex is None:
        raise OSError("this system has no adjtimex")
    timex = _Timex(modes=0)
    if adjtimex(ctypes.byref(timex)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"adjtimex: {os.strerror(number)}")
    in_us = 1000 if timex.status & _STA_NANO else 1
    return Measured(not timex.status & _STA_UNSYNC, timex.offset // in_us, timex.maxerror)


def host_name() -> str:
    """The name of this host, for people and records."""
    return socket.gethostname()


def is_contained() -> bool:
    """Whether this process runs in a container: the clock is its host's, and so is the time daemon."""
    return any(mark.exists() for mark in _CONTAINER_MARKS)

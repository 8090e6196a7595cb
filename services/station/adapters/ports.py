"""Ports of this machine: free ones, and whether one is taken."""

from __future__ import annotations

import contextlib
import errno
import secrets
import socket
from typing import TYPE_CHECKING

from services.runtime.settings import PREFIX, Address
from services.station.errors import StationError

if TYPE_CHECKING:
    from collections.abc import Iterable


# Below what a kernel lends to whoever connects (Linux from 32768, others from 49152): a port from there may be somebody's
# when its process begins at last, and a client that calls a broker which is away may reach itself on the broker's port.
NOT_LENT = range(20_000, 32_768)
TRIES = 100


def bound(address: Address) -> socket.socket:
    """A socket that holds the address, port 0: any free one; raises `OSError` when it is taken."""
    for _ in range(TRIES if address.port == 0 else 0):
        with contextlib.suppress(OSError):
            return bound(Address(address.host, secrets.choice(NOT_LENT)))
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    held = socket.socket(family, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(tuple(address))
        held.listen(1)
    except OSError:
        held.close()
        raise
    return held


def is_free(address: Address) -> bool:
    """Whether a process could listen there now."""
    try:
        bound(address).close()
    except OSError:
        return False
    return True


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """`count` different free ports; all are held until the last is found."""
    held = [bound(Address(host, 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def choose(wanted: Iterable[tuple[str, Address]]) -> dict[str, Address]:
    """Every address as it will be used: port 0 becomes a free one, a taken one is an error with its option."""
    held: dict[str, socket.socket] = {}
    chosen: dict[str, Address] = {}
    try:
        for option, address in wanted:
            held[option] = _held(option, address)
            chosen[option] = Address(address.host, int(held[option].getsockname()[1]))
    finally:
        for one in held.values():
            one.close()
    return chosen


def _held(option: str, address: Address) -> socket.socket:
    elsewhere = f"choose another with --{option} HOST:PORT or {PREFIX}{option.upper()}"
    try:
        return bound(address)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            message = f"{address} is in use by another program: stop it or {elsewhere}"
            raise StationError(message) from problem
        message = f"cannot listen on {address} ({problem.strerror}): {elsewhere}"
        raise StationError(message) from problem

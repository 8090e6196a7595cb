"""Who a person is, and when logging in is slowed down.

Failures count by name and source (OWASP, Authentication Cheat Sheet, "Account Lockout": a lock by the name alone lets
anybody lock out anybody). Somebody with many addresses has five guesses with each; Argon2 and the audit stand there.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address

import msgspec

HOUR_US = 3_600_000_000
SESSION_US = 12 * HOUR_US  # a shift; counted from the last use
RENEW_US = 11 * HOUR_US  # a session is written again only when less than this is left
WINDOW_US = 300_000_000
MOST_FAILURES = 5
SITE_BITS = 64


class Person(msgspec.Struct, frozen=True):
    """A named person, with what the gateway puts into commands."""

    id: str
    username: str
    display_name: str
    roles: tuple[str, ...]
    provider: str | None = None
    bureau: str | None = None


class Named(msgspec.Struct, frozen=True):
    """Somebody as everybody may know them. Who is no longer active has no roles."""

    id: str
    display_name: str
    roles: tuple[str, ...]


def source_of(host: str) -> str:
    """Whose failures count together: one IPv4 address, or the 64 bits of an IPv6 address that one site has."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(IPv6Network((address, SITE_BITS), strict=False))
    return str(address)


def wait_us(failures: Sequence[int], now_us: int) -> int:
    """How long until this username may try again from here, 0 for at once. `failures`: instants, in any order."""
    recent = sorted(at for at in failures if at > now_us - WINDOW_US)
    if len(recent) < MOST_FAILURES:
        return 0
    return recent[-MOST_FAILURES] + WINDOW_US - now_us

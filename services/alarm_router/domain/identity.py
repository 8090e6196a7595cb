"""Ids and spoken numbers, derived and never drawn: a recreated topic repeats nothing, a replay everything."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha1
from uuid import UUID

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def derived(log_id: str, *parts: object) -> str:
    """uuid5 of the log id and `parts` (partition, source offset, index, target …)."""
    name = "/".join(map(str, parts)).encode()
    return _uuid5(sha1(_namespace(log_id) + name, usedforsecurity=False).digest())


@lru_cache(maxsize=64)
def _namespace(log_id: str) -> bytes:
    return UUID(log_id).bytes


def _uuid5(digest: bytes) -> str:
    """As `uuid.uuid5` (RFC 9562, 5.5), a third of its time: ids are most of what an alarm costs."""
    h = digest.hex()
    variant = "89ab"[digest[8] >> 4 & 3]
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{variant}{h[17:20]}-{h[20:32]}"


def spoken(log_id: str, partition: int, source: int) -> str:
    """An alarm's number for speech: partition, source, and two characters of the log id, Crockford base32."""
    tail = int(log_id.replace("-", "")[-3:], 16) % 1024
    return f"{_base32(partition)}-{_base32(source)}-{_base32(tail).rjust(2, '0')}"


def _base32(value: int) -> str:
    digits = _CROCKFORD[value % 32]
    while value := value // 32:
        digits = _CROCKFORD[value % 32] + digits
    return digits

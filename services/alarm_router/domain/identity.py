"""Ids and spoken numbers, derived and never drawn: a recreated topic repeats nothing, a replay everything."""

from __future__ import annotations

from uuid import UUID, uuid5

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def derived(log_id: str, *parts: object) -> str:
    """uuid5 of the log id and `parts` (partition, source offset, index, target …)."""
    return str(uuid5(UUID(log_id), "/".join(map(str, parts))))


def spoken(log_id: str, partition: int, source: int) -> str:
    """An alarm's number for speech: partition, source, and two characters of the log id, Crockford base32."""
    tail = int(log_id.replace("-", "")[-3:], 16) % 1024
    return f"{_CROCKFORD[partition]}-{_base32(source)}-{_base32(tail).rjust(2, '0')}"


def _base32(value: int) -> str:
    digits = _CROCKFORD[value % 32]
    while value := value // 32:
        digits = _CROCKFORD[value % 32] + digits
    return digits

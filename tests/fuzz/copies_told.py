"""The records of a copy, read as their form says and not by the product."""

from __future__ import annotations

import hashlib

import msgspec
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from services.station.copies.files import Copied

ROOM = 1 << 21  # of a request to Kafka


class Head(msgspec.Struct):
    """The line before a value, whatever its numbers are."""

    offset: int
    stamp_ms: int
    key: bytes | None
    length: int


class Link(msgspec.Struct):
    """What binds a decision to its place and to the one before it."""

    lies_at: int
    prev: bytes


HEAD, LINK = msgspec.json.Decoder(Head), msgspec.json.Decoder(Link)


def as_told(content: bytes) -> list[Copied]:
    """The records of an unpacked file, as its form says and no reader of ours. Raises `ValueError` and `DecodeError`."""
    found, at = list[Copied](), 0
    while at < len(content):
        begins = content.index(b"\n", at) + 1
        head = HEAD.decode(content[at:begins])
        at = begins + max(head.length, 0)
        if head.length < -1 or content[at : at + 1] != b"\n":
            raise ValueError(head)
        value = None if head.length < 0 else content[begins:at]
        found.append(Copied(head.offset, head.stamp_ms, head.key, value))
        at += 1
    return found


def counting(records: list[Copied]) -> tuple[list[bytes], str]:
    """The values that count, each bound to the one before it, and the digest of the last. Raises `DecodeError`."""
    head, found = bytes(16), list[bytes]()
    for one in records:
        value = one.value or b""
        link = LINK.decode(value)
        if link.lies_at == one.offset:
            assert link.prev == head
            head = hashlib.sha256(value).digest()[:16]
            found.append(value)
    return found, head.hex()


def puttable(found: list[Copied], content: bytes) -> None:
    """What is put back is what lies there, in its order, and Kafka takes it."""
    assert found == as_told(content)
    offsets = [one.offset for one in found]
    assert offsets == sorted(set(offsets)) and all(one.offset >= 0 and one.stamp_ms >= -1 for one in found)
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, ROOM)
    for at, one in enumerate(found):
        assert builder.append(at, one.stamp_ms, one.key, one.value, []) is not None

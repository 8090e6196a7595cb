"""Bytes of the topics. JSON: a regulator can read the record years later with any tool."""

from __future__ import annotations

import hashlib
from typing import TypeVar

import msgspec

from services.contracts.directory import LineRecord
from services.contracts.envelope import Decision, InboxRecord
from services.contracts.upcasting import Superseded, upcast

DIGEST_BYTES = 16


class Unreadable(ValueError):
    """The bytes could not be decoded; see the two kinds below."""


class Malformed(Unreadable):
    """No record at all, or a known tag with the wrong shape: surfaced as an alarm of its own class."""


class UnknownTag(Unreadable):
    """Well formed, but of a tag this code does not know: the reader is older than the producer and stops."""

    def __init__(self, tag: str) -> None:
        """`tag`: the tag as read."""
        super().__init__(f"unknown tag {tag!r}: upgrade this reader before the producer")
        self.tag = tag


T = TypeVar("T")
# What msgspec raises for bytes that say nothing: no JSON or another shape, no UTF-8, nested beyond all measure.
NOT_READ = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ENCODER = msgspec.json.Encoder()
_INBOX: msgspec.json.Decoder[InboxRecord | Superseded] = msgspec.json.Decoder(InboxRecord | Superseded)
_DECISION: msgspec.json.Decoder[Decision] = msgspec.json.Decoder(Decision)
_LINE: msgspec.json.Decoder[LineRecord] = msgspec.json.Decoder(LineRecord)


class _Tagged(msgspec.Struct):
    type: str


_TAG = msgspec.json.Decoder(_Tagged)

encode = _ENCODER.encode


def digest(value: bytes) -> bytes:
    """The first 16 bytes of SHA-256 of a record's value."""
    return hashlib.sha256(value).digest()[:DIGEST_BYTES]


def decode_inbox(value: bytes) -> InboxRecord:
    """An inbox record in today's words, whichever version wrote it. Raises `Malformed` or `UnknownTag`."""
    try:
        record = _INBOX.decode(value)
    except NOT_READ as error:
        raise _why(value, error, INBOX_TAGS) from error
    return upcast(record)


def decode_decision(value: bytes) -> Decision:
    """A decision. Raises `Malformed` or `UnknownTag` (also for an unknown event inside)."""
    try:
        return _DECISION.decode(value)
    except NOT_READ as error:
        raise _why(value, error, frozenset({"decision.v1"})) from error


def decode_line(value: bytes) -> LineRecord:
    """A line of registry.directory. Raises `Malformed` or `UnknownTag`."""
    try:
        return _LINE.decode(value)
    except NOT_READ as error:
        raise _why(value, error, LINE_TAGS) from error


def _tags(union: object) -> frozenset[str]:
    members = getattr(union, "__args__", ())
    return frozenset(str(member.__struct_config__.tag) for member in members)


INBOX_TAGS = _tags(InboxRecord | Superseded)
LINE_TAGS = _tags(LineRecord)


def _why(value: bytes, error: Exception, known: frozenset[str]) -> Unreadable:
    try:
        tag = _TAG.decode(value).type
    except NOT_READ:
        return Malformed(str(error))
    if tag not in known:
        return UnknownTag(tag)
    if "Invalid value" in str(error) and "type" in str(error):
        return UnknownTag(f"{tag}: {error}")
    return Malformed(f"{tag}: {error}")

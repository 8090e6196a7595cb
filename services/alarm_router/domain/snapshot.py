"""A partition's state as bytes and back. What comes back is equal in everything that `decide` and `evolve` read."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from services.alarm_router.domain.state import State
from services.contracts.codec import DIGEST_BYTES, digest


class SnapshotUnreadable(ValueError):
    """These bytes are not, or no longer, a state that was frozen."""


def freeze(state: State) -> bytes:
    """The state as it is now: the digest, then MessagePack."""
    packed = _ENCODER.encode(state)
    return digest(packed) + packed


def thaw(frozen: bytes) -> State:
    """The state that was frozen. Raises `SnapshotUnreadable`."""
    packed = frozen[DIGEST_BYTES:]
    if digest(packed) != frozen[:DIGEST_BYTES]:
        raise SnapshotUnreadable("the bytes are not those that were kept")
    try:
        return _DECODER.decode(packed)
    except msgspec.DecodeError as error:
        raise SnapshotUnreadable(str(error)) from error


def _plain(value: Any) -> list[Any]:
    if isinstance(value, deque):
        return list(value)
    raise NotImplementedError(type(value))


def _ours(kind: Any, value: Any) -> deque[tuple[int, str]]:
    if getattr(kind, "__origin__", kind) is deque:
        return deque((when, what) for when, what in value)
    raise NotImplementedError(kind)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_plain)
_DECODER: msgspec.msgpack.Decoder[State] = msgspec.msgpack.Decoder(State, dec_hook=_ours)

"""A partition's state as bytes and back. What comes back is equal in everything that `decide` and `evolve` read.

The packs are not kept: they are what a machine was given, and the one that goes on may have been given others.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from services.alarm_router.domain.carrying import ours, plain
from services.alarm_router.domain.state import State
from services.contracts.codec import DIGEST_BYTES, NOT_READ, digest
from services.law.pack import Law

NO_LAW = Law()


class SnapshotUnreadable(ValueError):
    """These bytes are not, or no longer, a state that was frozen."""


def freeze(state: State) -> bytes:
    """The state as it is now: the digest, then MessagePack."""
    packed = _ENCODER.encode(replace(state, law=NO_LAW))
    return digest(packed) + packed


def thaw(frozen: bytes, law: Law) -> State:
    """The state that was frozen, for a machine that decides by `law`. Raises `SnapshotUnreadable`."""
    packed = frozen[DIGEST_BYTES:]
    if digest(packed) != frozen[:DIGEST_BYTES]:
        raise SnapshotUnreadable("the bytes are not those that were kept")
    try:
        state = _DECODER.decode(packed)
    except NOT_READ as error:
        raise SnapshotUnreadable(str(error)) from error
    state.law = law
    return state


_ENCODER = msgspec.msgpack.Encoder(enc_hook=plain)
_DECODER: msgspec.msgpack.Decoder[State] = msgspec.msgpack.Decoder(State, dec_hook=ours)

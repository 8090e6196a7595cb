"""A partition's state as bytes and back. What comes back is equal in everything that `decide` and `evolve` read.

It is frozen and read again in pieces, so that whoever decides has his turn between two of them. What is long is divided,
and copied before: what is in it never changes, or is copied with it. Rejected: a fork, in a process that has threads;
the whole at once, which let a desk wait for half a second.

The packs are not kept: they are what a machine was given, and the one that goes on may have been given others.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import attrgetter
from typing import Any, Final, TypeVar, get_origin, get_type_hints

import msgspec
from msgspec.structs import replace

from services.alarm_router.domain import line as lines
from services.alarm_router.domain import shared_texts as texts
from services.alarm_router.domain.carrying import ours, plain
from services.alarm_router.domain.state import State
from services.contracts.codec import DIGEST_BYTES, NOT_READ
from services.law.pack import Law

NO_LAW = Law()
PIECE: Final = 50  # elements of what is long: a tenth of a millisecond; of lines that remember much, one
LENGTH_BYTES: Final = 4
MANY: Final = (dict, list, deque)
S = TypeVar("S", bound=msgspec.Struct)


class SnapshotUnreadable(ValueError):
    """These bytes are not, or no longer, a state that was frozen."""


def freeze(state: State) -> tuple[bytes, ...]:
    """The state as it is now, at once."""
    return tuple(freezing(state))


def freezing(state: State) -> Iterator[bytes]:
    """The state as it is now, piece by piece, whatever becomes of it meanwhile. They may be joined to larger ones.

    A piece is MessagePack of its place and what lies there, behind its length, big-endian; the last one is the digest of
    all before it. The first has no place: it is the state without what is long.
    """
    short, long = _divided(replace(state, law=NO_LAW))
    first = _ENCODER.encode(("", short))
    return _sealed(chain([first], *(_packed(*one) for one in long)))


def thaw(frozen: Sequence[bytes], law: Law) -> State:
    """The state that was frozen, for a machine that decides by `law`. Raises `SnapshotUnreadable`."""
    *_, whole = thawing(frozen, law)
    return whole


def thawing(frozen: Sequence[bytes], law: Law) -> Iterator[State]:
    """The state as it grows piece by piece; the last time it is whole. Raises `SnapshotUnreadable`."""
    *parts, last = frozen or (b"",)
    of_all, state = hashlib.sha256(), State(partition=0)
    try:
        for part in (*parts, last[:-DIGEST_BYTES]):
            of_all.update(part)
            for piece in _pieces(memoryview(part)):
                state = _with(state, piece)
                yield state
    except (*NOT_READ, KeyError) as error:
        raise SnapshotUnreadable(str(error)) from error
    if of_all.digest()[:DIGEST_BYTES] != last[-DIGEST_BYTES:]:
        raise SnapshotUnreadable("the bytes are not those that were kept")
    state.law = law
    yield state


def _divided(whole: S) -> tuple[S, list[tuple[str, Any]]]:
    """What is short, and what is long with its place."""
    instead: dict[str, Any] = {}
    long: list[tuple[str, Any]] = []
    for name in whole.__struct_fields__:
        part = getattr(whole, name)
        if isinstance(part, MANY) and len(part) > PIECE:
            instead[name] = type(part)()
            long.append((name, _held_still(part)))
        elif isinstance(part, msgspec.Struct) and _changes(part):
            instead[name], within = _divided(part)
            long += ((f"{name}.{place}", many) for place, many in within)
    return replace(whole, **instead), long


def _held_still(value: Any) -> Any:
    """What is equal to it and stays so. Of one collection either all can change or nothing."""
    if isinstance(value, dict) and value and _changes(next(iter(value.values()))):
        return {name: _held_still(one) for name, one in value.items()}
    if isinstance(value, MANY):
        return value.copy()
    return replace(value, **{name: _held_still(getattr(value, name)) for name in value.__struct_fields__})


def _changes(value: Any) -> bool:
    """Whether it is changed in its place."""
    if isinstance(value, msgspec.Struct):
        return not value.__struct_config__.frozen
    return isinstance(value, MANY)


def _packed(place: str, many: Any) -> Iterator[bytes]:
    elements = iter(many.items() if isinstance(many, dict) else many)
    while some := list(islice(elements, PIECE)):
        yield _ENCODER.encode((place, dict(some) if isinstance(many, dict) else some))


def _sealed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    of_all = hashlib.sha256()
    for piece in pieces:
        framed = len(piece).to_bytes(LENGTH_BYTES) + piece
        of_all.update(framed)
        yield framed
    yield of_all.digest()[:DIGEST_BYTES]


def _pieces(left: memoryview) -> Iterator[memoryview]:
    while left:
        behind = LENGTH_BYTES + int.from_bytes(left[:LENGTH_BYTES])
        yield left[LENGTH_BYTES:behind]
        left = left[behind:]


def _with(state: State, piece: memoryview) -> State:
    place, packed = _PIECE.decode(piece)
    read: Any = _PARTS[place].decode(packed)
    if not place:
        first: State = read
        texts.share(first)
        return first
    many = attrgetter(place)(state)
    read = _SHARED[place](state, read) if place in _SHARED else read
    if isinstance(many, dict):
        many.update(read)
    else:
        many.extend(read)
    return state


def _kinds(whole: type[msgspec.Struct]) -> Iterator[tuple[str, Any]]:
    """The places of a state that changes, and what lies there."""
    for name, kind in get_type_hints(whole).items():
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield from ((f"{name}.{place}", within) for place, within in _kinds(kind))
        elif get_origin(kind) in MANY:
            yield name, kind


_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=plain)
_PIECE: Final[msgspec.msgpack.Decoder[tuple[str, msgspec.Raw]]] = msgspec.msgpack.Decoder(
    tuple[str, msgspec.Raw]
)
_PARTS: Final[dict[str, msgspec.msgpack.Decoder[Any]]] = {
    place: msgspec.msgpack.Decoder(kind, dec_hook=ours) for place, kind in (("", State), *_kinds(State))
}
# Where texts stand that are said elsewhere too. A state's sites come before what names them.
_SHARED: Final[dict[str, Callable[[State, Any], Any]]] = {
    "sites": lambda _, read: texts.of_sites(read),
    "lines.known": lambda _, read: lines.shared(read),
    "lines.registered": lambda state, read: texts.of_registered(state.sites, read),
    "silence.supervised": lambda state, read: texts.of_supervised(state.sites, read),
}

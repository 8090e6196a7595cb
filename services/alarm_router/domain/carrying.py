"""A partition's state as parts that a record can carry, and back: how a new generation knows what the old one knew.

JSON by the names of the state, so that anybody can read it years later. What a later version's state has besides keeps
its default; whoever takes a field away or gives it another meaning reads the old form here (a kept example is folded in
the tests). Rejected: a snapshot's bytes, which only the same fold can read; saying the old events again, since what is
known is not theirs alone (a line's marks are the sum of all that it ever sent).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar, get_origin

import msgspec

from services.contracts.codec import NOT_READ, Malformed
from services.contracts.envelope import StatePart

OF_ITS_OWN: Final = frozenset({"law", "log_id", "carried"})  # what no generation takes over from another
WHOLE_BYTES: Final = 8 * 1024  # what is smaller is not divided
ROUND_BYTES: Final = 128 * 1024  # of one decision, which stays far below its 256 KB
SOME: Final = 100  # elements of a list that is divided
S = TypeVar("S", bound=msgspec.Struct)


def parts_of(state: msgspec.Struct) -> list[tuple[StatePart, ...]]:
    """The state, in as many rounds as there are decisions to carry it; at least one."""
    whole: dict[str, Any] = msgspec.json.decode(_ENCODER.encode(state))
    rounds: list[list[StatePart]] = [[]]
    size = 0
    kept = ((name, value) for name, value in whole.items() if name not in OF_ITS_OWN)
    for part in (one for name, value in kept for one in _divided((name,), value)):
        length = len(msgspec.json.encode(part))
        if rounds[-1] and size + length > ROUND_BYTES:
            rounds.append([])
            size = 0
        rounds[-1].append(part)
        size += length
    return [tuple(parts) for parts in rounds]


@contextmanager
def _of_a_state() -> Iterator[None]:
    """Only we write what is read here: anything else is damage, by which a partition stops and says so."""
    try:
        yield
    except (*NOT_READ, AttributeError, OverflowError, TypeError, ValueError) as error:
        raise Malformed(f"the state that was carried cannot be read: {error}") from error


def take(carried: dict[str, Any], parts: Iterable[StatePart]) -> None:
    """Put parts that came to those before. Raises `Malformed`."""
    for part in parts:
        with _of_a_state():
            *way, name = part.at
            within = carried
            for step in way:
                within = within.setdefault(step, {})
            value = msgspec.json.decode(part.value)
            match within.get(name):
                case list() as some:
                    some.extend(value)
                case dict() as some:
                    some.update(value)
                case _:
                    within[name] = value


def put_back(state: S, carried: dict[str, Any]) -> None:
    """Make `state` what was carried. Raises `Malformed`."""
    with _of_a_state():
        known = msgspec.json.decode(msgspec.json.encode(carried), type=type(state), dec_hook=ours)
        held = {name: getattr(known, name) for name in carried.keys() & set(state.__struct_fields__)}
        msgspec.msgpack.encode(held, enc_hook=plain)  # or it holds a number that no snapshot can
    for name, value in held.items():
        setattr(state, name, value)


def _divided(at: tuple[str, ...], value: Any) -> Iterator[StatePart]:
    """In its order: what comes first in the state comes first in the parts."""
    if len(msgspec.json.encode(value)) <= WHOLE_BYTES:
        yield _part(at, value)
        return
    match value:
        case dict():
            yield from _named(at, value)
        case list():
            yield from (_part(at, value[first : first + SOME]) for first in range(0, len(value), SOME))
        case _:
            yield _part(at, value)


def _named(at: tuple[str, ...], value: dict[str, Any]) -> Iterator[StatePart]:
    some: dict[str, Any] = {}
    size = 0
    for name, one in value.items():
        length = len(name) + len(msgspec.json.encode(one))
        if some and size + length > WHOLE_BYTES:
            yield _part(at, some)
            some, size = {}, 0
        if length > WHOLE_BYTES:
            yield from _divided((*at, name), one)
        else:
            some[name], size = one, size + length
    if some:
        yield _part(at, some)


def _part(at: tuple[str, ...], value: Any) -> StatePart:
    return StatePart(at=at, value=msgspec.json.encode(value).decode())


def plain(value: Any) -> list[Any]:
    """For encoders of a state: what msgspec does not know."""
    if isinstance(value, deque):
        return list(value)
    raise NotImplementedError(type(value))


def ours(kind: Any, value: Any) -> deque[tuple[int, str]]:
    """For decoders of a state."""
    if get_origin(kind) is deque:
        return deque((when, what) for when, what in value)
    raise NotImplementedError(kind)


_ENCODER: Final = msgspec.json.Encoder(enc_hook=plain)

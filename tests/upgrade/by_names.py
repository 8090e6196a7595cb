"""What a value holds, by the names of its fields: the same for every version that holds the same.

A field that stands at its default is left out, so one that a later version adds, of which the past says nothing, changes
no hash. The names are those under which a generation carries a state (`alarm_router/domain/carrying.py`), so whoever
renames one changes what is published, and is told. Rejected: a snapshot's bytes, which only the same fold can read;
leaving out what is empty, since an empty list where nothing was, or a false where a true was, is another state.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec

DIGITS: Final = 16


def by_names(value: Any) -> Any:
    """For `json`. The elements of a collection keep their order, since decisions are made in it."""
    match value:
        case msgspec.Struct():
            return _struct(value)
        case Mapping():
            return [[by_names(key), by_names(one)] for key, one in value.items()]
        case list() | tuple() | deque():
            return [by_names(one) for one in value]
        case bytes():
            return b64encode(value).decode()
        case set() | frozenset():
            return sorted(by_names(one) for one in value)
    return value


def digest_of(value: Any) -> str:
    """Of what is held, the first digits."""
    text = json.dumps(by_names(value), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def digests_of(value: msgspec.Struct, *but: str) -> dict[str, str]:
    """Of each field that does not stand at its default, by its name; none of `but`."""
    return {name: digest_of(held) for name, held in _told(value) if name not in but}


def _struct(value: msgspec.Struct) -> dict[str, Any]:
    held = {name: by_names(one) for name, one in sorted(_told(value))}
    return held if (tag := value.__struct_config__.tag) is None else {"type": tag, **held}


def _told(value: msgspec.Struct) -> list[tuple[str, Any]]:
    return [
        (said, held)
        for name, said, default in _fields(type(value))
        if (held := getattr(value, name)) != default
    ]


@cache
def _fields(kind: type[msgspec.Struct]) -> list[tuple[str, str, Any]]:
    """Name, name as encoded, default; no value is equal to `NODEFAULT`."""
    return [
        (
            one.name,
            one.encode_name,
            one.default if one.default_factory is msgspec.NODEFAULT else one.default_factory(),
        )
        for one in msgspec.structs.fields(kind)
    ]

"""The running code as it was before it knew one tag: what an older process makes of bytes."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar, get_args

import msgspec
import pytest

from services.contracts import codec
from services.contracts.directory import LineRecord
from services.contracts.envelope import Decision, Event, InboxRecord
from services.contracts.upcasting import Superseded
from services.replay.domain import stand

T = TypeVar("T")


class Older(Generic[T]):
    """A decoder that reads what both versions know, and falls as the older one does."""

    def __init__(self, older: Any, running: msgspec.json.Decoder[T]) -> None:
        """`older`: the type as it was."""
        self._older, self._running = msgspec.json.Decoder(older), running

    def decode(self, value: bytes) -> T:
        """See msgspec."""
        self._older.decode(value)
        return self._running.decode(value)


def one_older(patch: pytest.MonkeyPatch, *tags: str) -> None:
    """Forget these tags, wherever a reader looks them up."""
    events: Any = _without(Event, tags)
    fields = [(one.name, one.type) for one in msgspec.structs.fields(Decision) if one.name != "events"]
    decision = msgspec.defstruct(
        "Decision", [*fields, ("events", tuple[events, ...])], tag="decision.v1", forbid_unknown_fields=True
    )
    patch.setattr(codec, "_DECISION", Older(decision, codec._DECISION))
    patch.setattr(codec, "_INBOX", Older(_without(InboxRecord | Superseded, tags), codec._INBOX))
    patch.setattr(codec, "_LINE", Older(_without(LineRecord, tags), codec._LINE))
    patch.setattr(codec, "INBOX_TAGS", codec.INBOX_TAGS - set(tags))
    patch.setattr(codec, "LINE_TAGS", codec.LINE_TAGS - set(tags))
    patch.setattr(stand, "_KNOWN", stand._KNOWN - set(tags))


def _without(union: Any, tags: tuple[str, ...]) -> Any:
    return reduce(or_, (one for one in get_args(union) if one.__struct_config__.tag not in tags))

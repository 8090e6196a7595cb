"""Every contract that crosses a process, and one value of each, with every field set."""

from __future__ import annotations

import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from services.contracts import (
    directory,
    envelope,
    history,
    interruption,
    liveness,
    police,
    registry,
    upcasting,
    views,
    why,
)
from services.contracts.stored import Stored

STORED: tuple[type[Stored], ...] = (
    *get_args(envelope.InboxRecord),
    *get_args(upcasting.Superseded),
    *get_args(envelope.Event),
    *get_args(envelope.Answer),
    envelope.Decision,
    *get_args(directory.LineRecord),
    liveness.HeardDigest,
    liveness.LastHeard,
    police.PoliceOrder,
    police.EscalationNotice,
    police.NoticeTaken,
    police.NoticeStatus,
    *get_args(registry.RegistryEvent),
    registry.RegistryRecord,
)
FRAMES: tuple[type[Stored], ...] = get_args(views.FeedFrame)
ANSWERS: tuple[type[Stored], ...] = (
    interruption.InterruptionView,
    interruption.WindowView,
    why.AlarmWhy,
    history.History,
    history.AlarmRecord,
    history.RecordReason,
    history.Verdict,
)
EXPORTED: tuple[type[Stored], ...] = (history.ExportLine, history.ExportManifest, history.ExportHead)
CONTRACTS = (*STORED, *FRAMES, views.Resume, *ANSWERS, *EXPORTED)


def tag_of(struct: type[msgspec.Struct]) -> str:
    """The tag as it is stored."""
    return str(struct.__struct_config__.tag)


def sample(struct: type[msgspec.Struct]) -> msgspec.Struct:
    """A value with every field set, always the same."""
    hints = get_type_hints(struct)
    return struct(**{name: _value(name, hints[name]) for name in struct.__struct_fields__})


def _value(name: str, kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return sample(kind)
    origin, words = get_origin(kind), get_args(kind)
    if origin is Literal:
        return words[0]
    if origin in (Union, types.UnionType):
        return _value(name, words[0])
    if origin is tuple:
        return tuple(_value(name, word) for word in words if word is not Ellipsis)
    if origin is dict:
        return {"key": "value"}
    return {str: name, int: 7, bool: True, bytes: b"\x00\xff", float: 1.5}[kind]
